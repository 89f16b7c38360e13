"""Each modality asks, the others answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmlearn.attention import attend, attention_weights, check_heads, feed_forward
from mmlearn.batch import Tokens, masked_mean, zero_masked
from mmlearn.fusion.fused import Fused, check_modalities, complete, join, pool_each


class CrossBlock(nn.Module):
    """A pre-norm block in which a sequence looks at another one.

    Shapes: values [B, T, D], context [B, S, D] with mask bool [B, S] -> [B, T, D].
    A learned step is put before the context, so that there is always something to look
    at, also where the mask is False throughout.

    Raises ValueError when heads does not divide d_model, naming both.
    """

    def __init__(self, d_model: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.dropout = check_heads(d_model, heads), dropout
        self.norm_values = nn.LayerNorm(d_model)
        self.norm_context = nn.LayerNorm(d_model)
        self.nothing = nn.Parameter(0.02 * torch.randn(d_model))
        self.query = nn.Linear(d_model, d_model)
        self.key_value = nn.Linear(d_model, 2 * d_model)
        self.project = nn.Linear(d_model, d_model)
        self.norm_mlp = nn.LayerNorm(d_model)
        self.mlp = feed_forward(d_model, dropout)

    def forward(self, values: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        q, k, v, mask = self._parts(values, context, mask)
        looked = attend(q, k, v, mask, self.dropout if self.training else 0.0)
        values = values + self.project(looked)
        return values + self.mlp(self.norm_mlp(values))

    def attention(self, values: Tensor, context: Tensor, mask: Tensor) -> Tensor:
        """The weights [B, heads, T, 1 + S] that `forward` uses: rows sum to 1."""
        q, k, _, mask = self._parts(values, context, mask)
        return attention_weights(q, k, mask)

    def _parts(
        self, values: Tensor, context: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        nothing = self.nothing.to(context.dtype).expand(len(context), 1, -1)
        context = torch.cat([nothing, context], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        q = self.query(self.norm_values(values)).unflatten(-1, (self.heads, -1))
        k_v = self.key_value(self.norm_context(context))
        k, v = k_v.unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q.transpose(1, 2), k, v, mask


class CrossAttentionFusion(nn.Module):
    """Each modality's tokens look at those of all the others (Tsai et al., 2019).

    Shapes: tokens[m].values [B, T_m, D] -> Fused.vector [B, D], the mean over the
    modalities present of each one's mean token after it has looked.
    With weights=True, Fused.weights[m] is [B, heads, T_m, 1 + sum of the other T]; the
    first is the learned step, "nothing", at which a modality that is alone looks.
    The paper has a block for each pair of modalities, several deep; here is one for
    each modality, which looks at all the others at once.

    Raises ValueError as `complete` and `CrossBlock` do.
    """

    def __init__(
        self,
        modalities: Sequence[str],
        d_model: int,
        heads: int = 4,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.norms = nn.ModuleDict({m: nn.LayerNorm(d_model) for m in self.modalities})
        self.blocks = nn.ModuleDict(
            {m: CrossBlock(d_model, heads, dropout) for m in self.modalities}
        )
        self.norm = nn.LayerNorm(d_model)

    def forward(self, tokens: Mapping[str, Tokens], weights: bool = False) -> Fused:
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        normed = {m: Tokens(self.norms[m](x.values), x.mask) for m, x in tokens.items()}
        mixed: dict[str, Tokens] = {}
        asked: dict[str, Tensor] = {}
        for name, own in normed.items():
            # No step of its own, so that a modality without others has a context too.
            none = Tokens(own.values[:, :0], own.mask[:, :0])
            others = join({m: none if m == name else x for m, x in normed.items()})
            block = self.blocks[name]
            values = block(own.values, others.values, others.mask)
            mixed[name] = Tokens(zero_masked(values, own.mask), own.mask)
            if weights:
                asked[name] = block.attention(own.values, others.values, others.mask)  # type: ignore
        each = torch.stack([x.pooled() for x in mixed.values()], dim=1)  # [B, M, D]
        vector = self.norm(masked_mean(each, present))
        return Fused(vector, join(mixed), pooled, present, asked or None)
