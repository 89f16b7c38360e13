"""Files and raw numbers to what a model reads: one file per modality."""
