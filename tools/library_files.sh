#!/bin/sh
# -DNAME_FILE="libname.so.N" for each library that is opened when it is needed (base/library.h): its DT_SONAME, so that what is opened is what
# was compiled against. Nothing for one that is not installed: packages.sh says what is missing.
# usage: library_files.sh CC NAME …
set -eu
cc=$1
shift
for name; do
    so=$($cc -print-file-name="lib$name.so")
    [ -e "$so" ] || continue
    file=$(LC_ALL=C objdump -p "$so" | awk '$1 == "SONAME" { print $2 }')
    printf ' -D%s_FILE=\\"%s\\"' "$(echo "$name" | tr a-z A-Z)" "$file"
done
