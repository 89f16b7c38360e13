"""What differs between versions of torch is asked for where it is there only."""

from __future__ import annotations

import pytest
import torch

from mmlearn import versions


@pytest.mark.parametrize(
    ("torch_is", "device", "expected"),
    [
        ((2, 3), "cpu", False),
        ((2, 3), "mps", False),
        ((2, 3), "cuda", True),
        ((2, 4), "cpu", True),
        ((2, 15), "cuda", True),
    ],
)
def test_where_adamw_is_fused(monkeypatch, torch_is, device, expected):
    monkeypatch.setattr(versions, "TORCH", torch_is)
    assert versions.adamw_is_fused(torch.device(device)) is expected


def test_this_torch_has_what_it_is_said_to_have():
    weight = torch.nn.Parameter(torch.ones(2))
    fused = versions.adamw_is_fused(torch.device("cpu"))
    optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.0, fused=fused)
    weight.sum().backward()
    optimizer.step()
    torch.testing.assert_close(weight.detach(), torch.full((2,), 0.9))
    if not fused:
        with pytest.raises(RuntimeError, match="fused=True"):
            torch.optim.AdamW([weight], fused=True)
