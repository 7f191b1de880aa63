from whitenoise.storage import CompressedManifestStaticFilesStorage

_FILES, IMPORTS = CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names also inside our own modules' imports, so that a release never mixes old and new scripts.

    Django's switch for it reads every script, the examples in the comments of other packages included.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("console/js/*.js", IMPORTS))
