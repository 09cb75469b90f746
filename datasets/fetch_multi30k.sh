#!/usr/bin/env bash
# Puts the six files of Multi30k, German and English, into datasets/multi30k, each with its published
# SHA-256. Sources, in this order:
#   DATASETS_MIRROR=FOLDER-OR-URL   if set: the .gz files, in it or in its multi30k/
#   the authors' repository, github.com/multi30k/dataset
# A file that is there and right is kept; a broken download never takes the place of a good file.
source "$(dirname "$0")/fetch_common.sh"
dataset=multi30k

begin
all_right || from_location "the authors' repository" \
  https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw || true
finish
