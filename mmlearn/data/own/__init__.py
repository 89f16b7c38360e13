"""The parts of `folder.load`: what a folder of your own says, and its files."""
