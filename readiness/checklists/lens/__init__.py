"""AWS Well-Architected custom lenses, read as checklists: pillars are chapters, questions items. Pure; no Django.

https://docs.aws.amazon.com/wellarchitected/latest/userguide/lenses-format-specification.html
"""

from readiness.checklists.lens.reader import is_lens, read_lens

__all__ = ["is_lens", "read_lens"]
