"""ATT&CK Navigator layers: the model they are written from, and a lint for anybody's."""
