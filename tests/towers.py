"""Small encoders of every kind, samples for each, and torch's own to judge them by."""

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from mmlearn.attention import AttentionStack
from mmlearn.batch import Padded, pad
from mmlearn.encoders import (
    ConvEncoder,
    CoordConv,
    FeatureEncoder,
    LettersEncoder,
    PatchEncoder,
    RecurrentEncoder,
    SensorEncoder,
    SpectrogramEncoder,
    SpeechEncoder,
    TableEncoder,
    TorchvisionEncoder,
    TransformerEncoder,
    VideoEncoder,
)
from mmlearn.preprocess.table import table_rows

D_MODEL, WORDS, CHANNELS, LEVELS = 16, 11, 6, (3, 5)
B = 3


class TinyNetwork(nn.Module):
    """Shaped like torchvision's: a map, then a vector, with BatchNorm and dropout."""

    def __init__(self, norm_layer=nn.BatchNorm2d):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, stride=4, padding=1)
        self.bn1 = norm_layer(6)
        self.dropout = nn.Dropout(0.0)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        x = self.dropout(F.relu(self.bn1(self.conv1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class LastAxis(nn.Module):
    """Channels last, as Swin's layers give them."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, stride=4, padding=1)
        self.features = nn.LayerNorm(6)

    def forward(self, x):
        return self.features(self.conv1(x).permute(0, 2, 3, 1)).mean(dim=(1, 2))


def small_vit() -> nn.Module:
    return torchvision.models.VisionTransformer(
        image_size=16, patch_size=8, num_layers=1, num_heads=2, hidden_dim=8, mlp_dim=16
    )


BUILD = {
    "conv": lambda pool: ConvEncoder(D_MODEL, widths=(8, 16), pool=pool),
    "places": lambda pool: CoordConv(
        ConvEncoder(D_MODEL, channels=5, widths=(8, 16), pool=pool)
    ),
    "patch": lambda pool: PatchEncoder(D_MODEL, patch=4, pool=pool),
    "network": lambda pool: TorchvisionEncoder(
        TinyNetwork(), "bn1", D_MODEL, pool=pool, size=16
    ),
    "gru": lambda pool: RecurrentEncoder(WORDS, D_MODEL, 8, pool=pool),
    "letters": lambda pool: LettersEncoder(WORDS, D_MODEL, 2, pool=pool),
    "transformer": lambda pool: TransformerEncoder(WORDS, D_MODEL, pool=pool),
    "spectrogram": lambda pool: SpectrogramEncoder(CHANNELS, D_MODEL, 12, pool=pool),
    "speech": lambda pool: SpeechEncoder(CHANNELS, D_MODEL, 12, 2, pool=pool),
    "features": lambda pool: FeatureEncoder(CHANNELS, D_MODEL, pool=pool),
    "sensor": lambda pool: SensorEncoder(CHANNELS, D_MODEL, 12, pool=pool),
    "table": lambda pool: TableEncoder(2, LEVELS, D_MODEL, pool=pool),
    "video": lambda pool: VideoEncoder(
        ConvEncoder(D_MODEL, widths=(8, 16), pool=pool), pool=pool
    ),
}
FRAMES = ("conv", "places", "patch", "network", "video")


def build(name, pool=True):
    torch.manual_seed(0)
    return BUILD[name](pool)


def rows(count=B):
    """Rows of two numbers (one missing) and two categories (one missing)."""
    numbers = torch.randn(count, 2)
    numbers[0, 1] = torch.nan
    categories = torch.stack([torch.randint(-1, n, (count,)) for n in LEVELS], dim=1)
    categories[0] = torch.tensor([-1, LEVELS[1] - 1])
    return table_rows(numbers, categories, LEVELS)


def column_of(name) -> Padded:
    """Ragged samples of the encoder's modality; the last one lacks it."""
    torch.manual_seed(3)
    if name in FRAMES:
        items = [torch.randn(n, 3, 16, 16) for n in (2, 1)]
    elif name in ("gru", "letters", "transformer"):
        items = [torch.randint(1, WORDS, (n,)) for n in (4, 2)]
    elif name == "table":
        items = list(rows(2).unsqueeze(1))
    else:
        items = [torch.randn(n, CHANNELS) for n in (13, 9)]
    return pad([*items, None])


def random_norms(module: nn.Module) -> None:
    """Weights and biases of LayerNorm other than 1 and 0, so that each is seen."""
    for part in module.modules():
        if isinstance(part, nn.LayerNorm):
            nn.init.normal_(part.weight)
            nn.init.normal_(part.bias)


def torchs(stack: AttentionStack) -> nn.TransformerEncoder:
    """Torch's own encoder with the weights of our stack (of 4 heads)."""
    layer = nn.TransformerEncoderLayer(
        D_MODEL, 4, 64, dropout=0, activation="gelu", batch_first=True, norm_first=True
    )
    theirs = nn.TransformerEncoder(
        layer, len(stack.blocks), nn.LayerNorm(D_MODEL), enable_nested_tensor=False
    )
    for block, layer in zip(stack.blocks, theirs.layers, strict=True):
        layer.self_attn.in_proj_weight.data = block.query_key_value.weight.data
        layer.self_attn.in_proj_bias.data = block.query_key_value.bias.data
        layer.self_attn.out_proj.load_state_dict(block.project.state_dict())
        layer.linear1.load_state_dict(block.mlp[0].state_dict())
        layer.linear2.load_state_dict(block.mlp[2].state_dict())
        layer.norm1.load_state_dict(block.norm_attention.state_dict())
        layer.norm2.load_state_dict(block.norm_mlp.state_dict())
    theirs.norm.load_state_dict(stack.norm.state_dict())
    return theirs
