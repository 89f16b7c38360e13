"""Each modality asks, the others answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmlearn.attention import CrossBlock
from mmlearn.batch import Tokens, masked_mean, zero_masked
from mmlearn.fusion.fused import Fused, check_modalities, complete, join, pool_each


class CrossAttentionFusion(nn.Module):
    """Each modality's tokens look at those of all the others (Tsai et al., 2019).

    The paper has a block for each pair of modalities, several deep; here there is one
    for each modality, which looks at all the others at once.

    Raises:
        ValueError: as `complete` and `CrossBlock` do.
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
        """Tokens [B, T_m, D] to Fused.vector [B, D].

        It is the mean over the modalities present of each one's mean token after it has
        looked. With weights=True, Fused.weights[m] is
        [B, heads, T_m, 1 + sum of the other T]; the first is the learned step,
        "nothing", at which a modality that is alone looks.
        """
        tokens = complete(tokens, self.modalities, self.d_model)
        pooled, present = pool_each(tokens)
        normed = {m: x.with_values(self.norms[m](x.values)) for m, x in tokens.items()}
        mixed: dict[str, Tokens] = {}
        asked: dict[str, Tensor] = {}
        for name, own in normed.items():
            # No step of its own, so that a modality without others has a context too.
            none = Tokens(own.values[:, :0], own.mask[:, :0])
            others = join({m: none if m == name else x for m, x in normed.items()})
            block = self.blocks[name]
            values = block(own.values, others.values, others.mask)
            mixed[name] = own.with_values(zero_masked(values, own.mask))
            if weights:
                asked[name] = block.attention(own.values, others.values, others.mask)  # type: ignore
        each = torch.stack([x.pooled() for x in mixed.values()], dim=1)  # [B, M, D]
        vector = self.norm(masked_mean(each, present))
        return Fused(vector, mixed, pooled, present, asked or None)
