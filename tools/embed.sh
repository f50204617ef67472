#!/bin/sh
# Writes an assembler file that carries the files named, and the table base/embedded.h describes.
# usage: embed.sh FILE... > embedded.S
set -eu
LC_ALL=C
n=0
echo '.section .rodata'
for file in "$@"; do
    printf '.balign 16\nstart_%d: .incbin "%s"\nend_%d: .byte 0\nname_%d: .asciz "%s"\n' $n "$file" $n $n "$file"
    n=$((n + 1))
done
echo '.section .data.rel.ro, "aw"'
printf '.balign 16\n.globl EMBEDDED\nEMBEDDED:\n'
i=0
while [ $i -lt $n ]; do
    printf '.quad name_%d, start_%d, end_%d - start_%d\n' $i $i $i $i
    i=$((i + 1))
done
echo '.quad 0, 0, 0'
echo '.section .note.GNU-stack, "", %progbits'
