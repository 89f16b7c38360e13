"""The exercise `receptive_field`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Exercise


def _receptive_field(layers: list[tuple[int, int, int]]) -> int:
    field, step = 1, 1  # pixels seen; pixels between two neighbours of this layer
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
    return field


def _strides_ignored(layers: list[tuple[int, int, int]]) -> int:
    return 1 + sum((kernel - 1) * dilation for kernel, _, dilation in layers)


def _own_stride_first(layers: list[tuple[int, int, int]]) -> int:
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        step *= stride
        field += (kernel - 1) * dilation * step
    return field


def _dilation_ignored(layers: list[tuple[int, int, int]]) -> int:
    return _receptive_field([(kernel, stride, 1) for kernel, stride, _ in layers])


def _whole_kernels(layers: list[tuple[int, int, int]]) -> int:
    field, step = 0, 1
    for kernel, stride, dilation in layers:
        field += kernel * dilation * step
        step *= stride
    return field


def _holes_after_the_last(layers: list[tuple[int, int, int]]) -> int:
    return _receptive_field([(kernel * d, stride, 1) for kernel, stride, d in layers])


def _last_stride_only(layers: list[tuple[int, int, int]]) -> int:
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step = stride
    return field


def _begins_at_zero(layers: list[tuple[int, int, int]]) -> int:
    return _receptive_field(layers) - 1


receptive_field = Exercise(
    solution=_receptive_field,
    cases=[
        ([(3, 1, 1), (3, 1, 1)],),
        ([(5, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1), (3, 1, 1)],),
        ([(3, 1, 1), (3, 1, 2), (3, 1, 4)],),
        ([(7, 2, 1), (3, 2, 1), (3, 1, 2)],),
    ],
    mistakes={
        _strides_ignored: "After a stride of 2, neighbours stand two pixels apart.",
        _own_stride_first: (
            "A layer's own stride counts for the layers after it, not for itself."
        ),
        _dilation_ignored: "A kernel with holes adds (kernel - 1) * dilation.",
        _holes_after_the_last: (
            "A kernel of 3 with dilation 2 is 5 pixels wide, not 6: no hole follows "
            "its last pixel."
        ),
        _last_stride_only: (
            "The strides multiply: after two strides of 2, neighbours stand 4 pixels "
            "apart."
        ),
        _begins_at_zero: (
            "One pixel is missing: without any layer, a pixel sees itself, so begin "
            "with 1."
        ),
        _whole_kernels: (
            "Each layer adds kernel - 1, not kernel: one pixel of it was seen before."
        ),
    },
    hints=[
        "Carry two numbers from layer to layer: the pixels seen, and how many pixels "
        "lie between two neighbours.",
        "Begin with field = 1, step = 1. For each layer, add (kernel - 1) * dilation * "
        "step to the field, and then multiply the step by the stride.",
    ],
)
