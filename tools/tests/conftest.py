import sys
from pathlib import Path

# The tools are programs beside each other, not a package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
