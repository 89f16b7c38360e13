"""What a model looks at, and what each modality contributes.

Each method here fits on a screen. captum goes further: layer attributions
(`LayerIntegratedGradients` for token embeddings, `LayerGradCam`), DeepLift, averaging
over noise (`NoiseTunnel`), Shapley values by sampling where there are too many players
for all subsets, and measures of how far an explanation can be trusted (infidelity,
sensitivity).

All of them explain the model, not the world: what it uses, not what would help.
"""

from mmlearn.explain.attention import attention_by_modality, fusion_weights
from mmlearn.explain.gradients import gradients, integrated_gradients
from mmlearn.explain.occlusion import occlusion
from mmlearn.explain.subsets import (
    Values,
    ablation,
    correct,
    log_probability,
    shapley,
    subset_values,
)

__all__ = [
    "Values",
    "ablation",
    "attention_by_modality",
    "correct",
    "fusion_weights",
    "gradients",
    "integrated_gradients",
    "log_probability",
    "occlusion",
    "shapley",
    "subset_values",
]
