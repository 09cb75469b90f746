#!/bin/sh
# A compiler launcher for a scratch build of a copy of the tree: where the original build
# ($EIGENRNN_ORIGINAL_BUILD) has the object already, it is taken from there; anything else is
# compiled. The copy's own files are compiled so, and the others are not for a second time.
# usage: reuse_objects.sh COMPILER ARGUMENT…
previous=
for argument in "$@"; do
  [ "$previous" = -o ] && output=$argument
  previous=$argument
done
original=$EIGENRNN_ORIGINAL_BUILD/$output
case "$output" in
  *.o) [ -f "$original" ] && exec cp "$original" "$output" ;;
  *.gch) [ -f "$original" ] && exec ln -sf "$original" "$output" ;;  # hundreds of megabytes
esac
exec "$@"
