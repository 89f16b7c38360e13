"""A sentence encoder that others have trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlearn.batch import Padded, Tokens, masked_mean, pad, zero_masked
from mmlearn.data.store.packages import MINILM, find
from mmlearn.encoders.text import token_numbers
from mmlearn.encoders.weights import load_weights
from mmlearn.positions import real_step_numbers
from mmlearn.preprocess.strings import many_texts


class MiniLMEncoder(nn.Module):
    """all-MiniLM-L6-v2 (Wang et al., 2020; Reimers and Gurevych, 2019), 22 M weights.

    The weights are read from the installed package (as safetensors), or from the folder
    that MMLEARN_MINILM names; nothing is downloaded. Masked steps are skipped wherever
    they are, as in `TransformerEncoder`.

    Args:
        d_model: None for the network's own 384 numbers, else they are projected.
        pool: whether to give one token, the mean over the real steps: the sentence's
            vector before it is scaled to length 1.
        frozen: the network stays as it is, in evaluation mode; else it is fine-tuned,
            with this dropout. The projection is trained in both cases.

    Raises:
        ImportError: when transformers is not installed.
        FileNotFoundError: when the weights are not.
        ValueError: when the weights are damaged, or a text has more than 512 tokens.
        TypeError: when tokens are not whole numbers.
    """

    def __init__(
        self,
        d_model: int | None = None,
        pool: bool = True,
        frozen: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        try:
            from transformers import AutoTokenizer, BertConfig, BertModel
        except ImportError as error:
            raise ImportError(
                f"MiniLMEncoder needs transformers, which cannot be imported ({error}):"
                " install the course's packages again (python3 course.py doctor says "
                "how)"
            ) from error
        folder = find(MINILM)
        config = BertConfig.from_pretrained(
            folder,
            local_files_only=True,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=dropout,
        )
        self.network: Any = BertModel(config, add_pooling_layer=False)
        # The pooler belongs to BERT's first training; a sentence is the mean here.
        unused = ("pooler.", "embeddings.position_ids")
        load_weights(self.network, folder / "model.safetensors", leave_out=unused)
        self.network.requires_grad_(not frozen)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(
            folder, local_files_only=True
        )
        width = config.hidden_size
        self.vocabulary_size = config.vocab_size
        self.longest = config.max_position_embeddings
        self.pool, self.frozen, self.d_model = pool, frozen, d_model or width
        self.project = nn.Linear(width, d_model) if d_model else nn.Identity()
        self.train()

    def train(self, mode: bool = True) -> MiniLMEncoder:
        """Set the mode, but keep a frozen network in evaluation mode."""
        super().train(mode)
        if self.frozen:
            self.network.eval()
        return self

    def tokenize(self, texts: Sequence[str] | np.ndarray) -> Padded:
        """Texts to word pieces, int64 [N, T], between the network's first and last.

        Args:
            texts: a list, a tuple, an array or a column of a table; brought to
                Unicode's form C first, as in `mmlearn.preprocess.text.encode`.

        Raises:
            ValueError: naming the sample, for an empty text or one of more than 512
                pieces (nothing is cut off); and when there is no text.
            TypeError: for what is not a text, and for one text in place of a list.
        """
        rows = self.tokenizer(many_texts(texts), verbose=False)["input_ids"]
        for i, row in enumerate(rows):
            if len(row) > self.longest:
                raise ValueError(
                    f"sample {i}: the text has {len(row)} pieces; expected at most "
                    f"{self.longest}: shorten or split it"
                )
        return pad([torch.tensor(row) for row in rows])

    def forward(self, text: Padded | Tensor) -> Tokens:
        """Whole numbers [B, T] (T up to 512), or Padded, from `tokenize`, to Tokens.

        They are [B, 1, D] when `pool`, else [B, T, D].
        """
        padded = token_numbers(text)
        numbers, mask = padded.values, padded.mask
        if numbers.shape[1] > self.longest:
            raise ValueError(
                f"text has {numbers.shape[1]} steps; expected at most {self.longest}"
            )
        # Attention over nothing has no value: an absent text looks at all its zeros.
        seen = mask | ~mask.any(dim=1, keepdim=True)
        states = self.network(
            input_ids=numbers,
            attention_mask=seen.long(),
            position_ids=real_step_numbers(mask),
        ).last_hidden_state
        if not self.pool:
            return Tokens(zero_masked(self.project(states), mask), mask)
        values = self.project(masked_mean(states, mask)).unsqueeze(1)
        mask = padded.present.unsqueeze(1)
        return Tokens(zero_masked(values, mask), mask)
