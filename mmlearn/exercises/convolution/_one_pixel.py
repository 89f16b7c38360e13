"""The exercise `one_pixel`, its solution, its mistakes and its hints."""

from mmlearn.exercises.exercise import Question

one_pixel = Question(
    answer=[[9, 8, 7], [6, 5, 4], [3, 2, 1]],
    mistakes=[
        (
            [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
            "The kernel as it is: so would a convolution in a book of mathematics "
            "answer. Lay the kernel at the first place: which of its nine numbers lies "
            "on the white pixel?",
        ),
        (
            [[1, 4, 7], [2, 5, 8], [3, 6, 9]],
            "Rows and columns are swapped. Lay the kernel at the first place: which of "
            "its nine numbers lies on the white pixel?",
        ),
        (
            [[9, 6, 3], [8, 5, 2], [7, 4, 1]],
            "The corners are right. For the second answer the kernel moves to the "
            "right: does the pixel then lie under its 8 or its 6?",
        ),
        (
            [[7, 8, 9], [4, 5, 6], [1, 2, 3]],
            "The rows are turned; are the columns turned as well?",
        ),
        (
            [[3, 2, 1], [6, 5, 4], [9, 8, 7]],
            "The columns are turned; are the rows turned as well?",
        ),
        (
            [[0, 0, 0], [0, 5, 0], [0, 0, 0]],
            "Each of the nine windows holds the white pixel, each at another place.",
        ),
    ],
    hints=[
        "Lay the kernel in the upper left corner, on rows 1 to 3 and columns 1 to 3. "
        "The white pixel is at row 3, column 3.",
        "At the first place the white pixel lies under the kernel's lower right "
        "number. When the kernel moves to the right, the pixel "
        "moves to the left under it.",
    ],
    why=(
        "At the first place, the white pixel lies under the kernel's lower right "
        "number: 9. When the kernel moves to the right, the pixel comes under the "
        "numbers further left, 8 and 7, and when it moves down, under those further "
        "up, 6 and 3. So the kernel comes back turned by 180 degrees."
    ),
)
