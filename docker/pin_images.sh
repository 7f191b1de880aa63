#!/bin/sh
# Writes behind the tag of each image that is not ours the digest that the registry has for it now, in
# docker-compose.yml, Dockerfile and docker/cells/front.yml: from then on nobody can change what is run. Run again to
# take newer images. Needs Docker with buildx, and the registry.
set -eu
cd "$(dirname "$0")/.."
LINE='( *image:| *FROM) ([^ @]+:[^ @]+)(@[^ ]+)?'
for file in docker-compose.yml Dockerfile docker/cells/front.yml; do
  sed -nE "s/^$LINE.*\$/\\2/p" "$file" | sort -u | while read -r image; do
    digest=$(docker buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
    case $digest in
      sha256:*) ;;
      *) echo "The registry gives no digest for $image." >&2; exit 1 ;;
    esac
    sed -E "s#^( *image:| *FROM) ($image)(@[^ ]+)?#\\1 \\2@$digest#" "$file" > "$file.pinned"
    cat "$file.pinned" > "$file"
    rm "$file.pinned"
    echo "$file: $image@$digest"
  done
done
