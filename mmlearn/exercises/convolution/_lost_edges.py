"""The exercise `lost_edges`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

lost_edges = Question(
    answer=3,
    mistakes=[
        (
            1,
            "Line 1 is fine: a photograph is read as whole numbers from 0 to 255. "
            "Which later line should leave that type?",
        ),
        (
            2,
            "Line 2 is fine: from bright to dark the kernel answers with a negative "
            "number. Where do these numbers go?",
        ),
        (
            4,
            "Line 4 has the right idea, both signs are edges, but it comes too late: "
            "some numbers are gone by then.",
        ),
        (
            5,
            "Line 5 only asks how strong an edge must be, and asks all alike.",
        ),
    ],
    hints=[
        "What does this kernel answer where the picture gets darker to the right? Can "
        "every line hold that number?",
        "The -1 asks for answers of the photograph's own type, uint8, which knows "
        "nothing below 0.",
    ],
    why=(
        "Where the picture gets darker to the right, the kernel's answer is negative. "
        "The `-1` in line 3 asks for the photograph's own type, `uint8`, which begins "
        "at 0, so these answers have become 0 before line 4 can drop their sign. With "
        "`cv2.CV_32F` instead of the `-1` they would be kept."
    ),
)
