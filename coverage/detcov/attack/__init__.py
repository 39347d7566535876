"""ATT&CK as values: releases, who uses a technique, how MITRE would detect it."""
