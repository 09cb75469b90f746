#!/usr/bin/env bash
# The library as a part of other programs: installed and found by find_package, and as a folder of a project.
#   install_test.sh SOURCE BUILD, and settings for CMake
set -euo pipefail
source=$1 build=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "install_test: $1" >&2; exit 1; }

cmake --install "$build" --prefix "$folder/usr" >/dev/null
cmake -S "$source/examples/cpp" -B "$folder/found" "$@" "-DCMAKE_PREFIX_PATH=$folder/usr" >"$folder/log" ||
  { cat "$folder/log"; fail "the installed library is not found"; }
cmake --build "$folder/found"
said=$("$folder/found/example")
echo "$said"
[[ $said == "h 8 x 64, radius 0.99"* ]] || fail "the example says something else"
readlink -f "$folder/usr/include/eigenrnn/cells/cell.h" | grep -q "^$folder" || fail "headers are links into the source"

mkdir "$folder/part"
cat >"$folder/part/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.18)
project(part LANGUAGES CXX)
add_subdirectory($source eigenrnn)
add_executable(example $source/examples/cpp/example.cpp)
target_link_libraries(example eigenrnn::eigenrnn)
END
cmake -S "$folder/part" -B "$folder/part/build" "$@" >"$folder/log" ||
  { cat "$folder/log"; fail "the source folder is no part of another project"; }
# Building it would take minutes: what is asked for is that it is made of the right files.
commands=$folder/part/build/compile_commands.json
grep -q eigenrnn_operators "$commands" || fail "as a part it builds no library"
! grep -q eigenrnn_cli "$commands" || fail "as a part it builds the program, too"
