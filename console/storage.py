from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names also inside our modules' imports, so that a release never mixes old and new scripts."""

    support_js_module_import_aggregation = True
