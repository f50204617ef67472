#!/bin/sh
# What the coordinator does one day of the demo; run by `relais at INSTANT -- demo_visit.sh …`, the clock standing still.
# usage: demo_visit.sh answered DAY | extend DATE      (RELAIS, DEMO and JOURNAL come from demo.sh)
set -eu
french_date() {
    LC_ALL=C date -d "$1" '+%d %m %Y' | awk '{
        split("janvier février mars avril mai juin juillet août septembre octobre novembre décembre", month, " ")
        day = $1 + 0; print (day == 1 ? "1er" : day) " " month[$2 + 0] " " $3 }'
}
{
    case $1 in
    answered)
        echo "▸ le $(french_date "$2") : la liste des réponses du jour est enregistrée"
        said=$("$RELAIS" answered asco-2025 "$DEMO/listes/repondants-$2.csv" --as-of "$2" 2>&1) || echo "$said" ;;
    extend)
        echo "▸ le $(french_date "$3") : l'échéance est prolongée au $(french_date "$2"), avec une annonce"
        "$RELAIS" extend asco-2025 "$2" --announce 2>&1 | sed 's/^/    /' ;;
    esac
} >>"$JOURNAL"
