"""Advice as files for others: JSON, one HTML page, REAPER projects and DAWproject.

Task: what was suggested opens in a workstation with its processors set.
Conventions: audio is referred to, not copied, but for DAWproject, which holds it.
"""

from mixassist.suggest.export.formats import FORMATS, plan_exports, write_master_exports, write_mix_exports

__all__ = ["FORMATS", "plan_exports", "write_master_exports", "write_mix_exports"]
