#!/bin/sh
# Networks: associations and coordinators with their departments and reply address, and the groupings several of them see.
. tests/lib.sh
[ -x "$RELAIS" ] || skip_all "no $RELAIS"

work=$tmp/work
RELAIS_CONFIG=$work/relais.ini
RELAIS_CLOCK=2026-01-16T12:00:00+01:00
export RELAIS_CONFIG RELAIS_CLOCK
relais() { "$RELAIS" "$@"; }
sql() {
    python3 -c 'import sqlite3, sys
print("\n".join("|".join(map(str, row)) for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])))' "$work/relais.db" "$1"
}
json() { python3 -c 'import json, sys
print(eval(sys.argv[1], {"a": json.load(sys.stdin)}))' "$1"; }
covers() { sql "SELECT group_concat(department, ' ') FROM (SELECT department FROM relay_covers WHERE relay_id = '$1' ORDER BY 1)"; }

relais init "$work" >/dev/null
relais campaign create essai --schedule "$work/schedules/asco-2025.ics" >/dev/null

# -- the associations of the examples
ok "associations" relais import lists/examples/associations.csv --as relays
is "each in its department" "$(sql "SELECT COUNT(*), COUNT(DISTINCT department), COUNT(DISTINCT relay_id) FROM relay_covers")" "100|100|100"
is "its reply address" "$(sql "SELECT reply_to FROM relay WHERE id = 'AMF 29'")" "coordination@amf29.example"

# -- names longer than an id: each association is its own, whole in its name, and is written to
cat >"$tmp/longs.csv" <<'END'
nom;departements;emails
Association des maires et des présidents d’intercommunalité du Finistère;29;finistere@maires.example
Association des maires et des présidents d’intercommunalité du Morbihan;56;morbihan@maires.example
END
ok "long names" relais import "$tmp/longs.csv" --as relays
is "two relays, of 31 bytes at most, that begin as they are called" \
    "$(sql "SELECT COUNT(DISTINCT id), MAX(LENGTH(CAST(id AS BLOB))) <= 31, MIN(id LIKE 'Association des maires%') FROM relay WHERE name LIKE '%intercommunalité%'")" "2|1|1"
is "each with its address" "$(sql "SELECT r.name, c.address FROM relay r JOIN contact c ON c.party_id = r.id WHERE r.name LIKE '%intercommunalité%' ORDER BY 2")" \
    "Association des maires et des présidents d’intercommunalité du Finistère|finistere@maires.example
Association des maires et des présidents d’intercommunalité du Morbihan|morbihan@maires.example"
relais import "$tmp/longs.csv" --as relays >/dev/null
is "the same file again is the same two" "$(sql "SELECT COUNT(*) FROM relay WHERE name LIKE '%intercommunalité%'")" "2"
sed -n '1p;3p' "$tmp/longs.csv" >"$tmp/seul.csv"
sql "SELECT id FROM relay WHERE name LIKE '%Morbihan'" >"$tmp/avant"
relais import "$tmp/seul.csv" --as relays >/dev/null
is "what an id is hangs on no other row" "$(sql "SELECT id FROM relay WHERE name LIKE '%Morbihan'")" "$(cat "$tmp/avant")"

# -- coordinators
cat >"$tmp/coordinateurs.csv" <<'END'
Coordinateur;Fonction;Départements couverts;Région;Courriel;Adresse de réponse
Marie Le Goff;Chargée de mission;35, 56;Bretagne;marie@reseau.example;reponses@reseau.example
Paul Martin;;22 et 29;;paul@reseau.example, paul.martin@perso.example;
;Coordinatrice;Ille-et-Vilaine;;coordination35@reseau.example;
;Coordinatrice;Finistère (29) / Morbihan (56);;coordination-ouest@reseau.example;
Anne Roux;;;Corse;anne@reseau.example;
Marie Le Goff;;44;;marie@reseau.example;autre@reseau.example
Marie Le Goff;;56;;marie.legoff@perso.example;
Jean Petit;;35, 99;;jean@reseau.example;
Luc Grand;;Finistère Sud;;luc@reseau.example;
Léa Blanc;;29;;lea at reseau;
Nina Noir;;;;nina@reseau.example;
END
relais import "$tmp/coordinateurs.csv" --as relays --format json >"$tmp/import.json"
is "exit 1: three rows need a person" $? 1
is "two name departments that do not exist, one has no address" "$(json '[(r["line"], r["reason"], r["column"], r["text"]) for r in a["rejected"]]' <"$tmp/import.json")" \
    "[(9, 'DEPARTMENT_UNKNOWN', 'Départements couverts', '35, 99'), (10, 'DEPARTMENT_UNKNOWN', 'Départements couverts', 'Finistère Sud'), (11, 'EMAIL_INVALID', 'Courriel', 'lea at reseau')]"
is "accepted, merged" "$(json '[a["rows"][k] for k in ("accepted", "merged", "rejected")]' <"$tmp/import.json")" "[7, 1, 3]"
is "its columns" "$(json '[c["role"] for c in a["columns"]]' <"$tmp/import.json")" "['name', 'function', 'department', 'region', 'email', 'reply_to']"
is "rows of one coordinator are one, with all its departments" "$(covers 'Marie Le Goff')" "35 44 56"
is "… a region beside them says only where they are" "$(sql "SELECT department, reply_to FROM relay WHERE id = 'Marie Le Goff'")" "35|reponses@reseau.example"
is "… and all its addresses" "$(sql "SELECT address FROM contact WHERE party_id = 'Marie Le Goff' ORDER BY rank")" "marie@reseau.example
marie.legoff@perso.example"
is "two departments, two addresses in a cell" "$(covers 'Paul Martin') $(sql "SELECT COUNT(*) FROM contact WHERE party_id = 'Paul Martin'")" "22 29 2"
is "functions alone are told apart by their departments" "$(covers 'Coordinatrice 35') / $(covers 'Coordinatrice 29 56')" "35 / 29 56"
is "a region alone is all of its departments" "$(covers 'Anne Roux')" "2A 2B"
is "without a department" "$(covers 'Nina Noir')" "None"
rejected=$(relais import "$tmp/coordinateurs.csv" --as relays --dry-run 2>&1)
like "the refusal is a French sentence" "$rejected" "Finistère Sud"
before=$(sql "SELECT relay_id, department FROM relay_covers ORDER BY 1, 2")
relais import "$tmp/coordinateurs.csv" --as relays >/dev/null
is "the same again changes nothing" "$(sql "SELECT relay_id, department FROM relay_covers ORDER BY 1, 2")" "$before"
printf 'Coordinateur;Département;Courriel\nPaul Martin;85;paul@reseau.example\n' >"$tmp/paul.csv"
number=$(relais import "$tmp/paul.csv" --as relays --format json | json 'a["import_id"]')
is "a later list has the last word" "$(covers 'Paul Martin')" "85"
ok "undone" relais undo "$number"
is "… the earlier one again" "$(covers 'Paul Martin')" "22 29"

# -- they are written to, each once
sed -i 's|^from = .*|from = AMF <relais@amf.example>|; s|^return_path = .*|return_path = retour@amf.example|' "$work/relais.ini"
printf '[sender]\nfrom = AMF <relais@amf.example>\nreturn_path = retour@amf.example\npublic_link = https://asco.example/\n' >>"$work/relais.ini"
cp "$work/templates/relais.md" "$tmp/relais.md"
printf -- '---\nsubject: Relais\n---\nDépartement : {{departement}}.\n' >"$work/templates/relais.md"
sed 's/urn:relais:informed\r*$/urn:relais:relays/; s/information\.md/relais.md/' "$work/schedules/asco-2025.ics" >"$work/schedules/relais.ics"
relais campaign create relais --schedule "$work/schedules/relais.ics" >/dev/null
wave=$(sql "SELECT name FROM wave WHERE audience = 'relays' ORDER BY position LIMIT 1")
like "the mail names all its departments" "$(relais preview relais "$wave" 'Marie Le Goff' --part text 2>&1)" "Ille-et-Vilaine, Loire-Atlantique et Morbihan\."
like "… one" "$(relais preview relais "$wave" 'AMF 29' --part text 2>&1)" ': Finistère\.$'

# -- groupings that straddle departments
# CA Redon Agglomération: largest member Redon (35); communes in 35, 44 and 56.
redon=243500741
is "it belongs to the department of its largest member" "$(sql "SELECT department FROM collectivity WHERE id = '$redon'")" "35"
is "and is seen by each it touches" "$(sql "SELECT group_concat(department, ' ') FROM (SELECT department FROM collectivity_in_department WHERE collectivity_id = '$redon' ORDER BY 1)")" "35 44 56"
is "every grouping belongs where its most populous member is" "$(sql "SELECT COUNT(*) FROM collectivity g WHERE g.insee = '' AND g.department <>
    (SELECT m.department FROM collectivity m WHERE m.epci_siren = g.id AND m.insee <> '' ORDER BY m.population DESC LIMIT 1)")" "0"
is "… and is seen there" "$(sql "SELECT COUNT(*) FROM collectivity c WHERE NOT EXISTS (SELECT 1 FROM collectivity_in_department s WHERE s.collectivity_id = c.id AND s.department = c.department)")" "0"
is "89 groupings are seen by several" "$(sql "SELECT COUNT(*) FROM (SELECT collectivity_id FROM collectivity_in_department GROUP BY 1 HAVING COUNT(*) > 1)")" "89"
printf 'siren;nom;courriel;sélectionnée\n%s;CA Redon Agglomération;;oui\n' "$redon" >"$tmp/selection.csv"
printf 'code insee;courriel;sélectionnée\n56007;;oui\n35236;redon@ville.example;oui\n44007;;non\n' >>"$tmp/communes.csv"
relais import "$tmp/selection.csv" --campaign essai >/dev/null
relais import "$tmp/communes.csv" --campaign essai >/dev/null
calls() { relais calls essai --department "$1" --format json | json '[(c["id"], c["department"], c["neighbour"]) for c in a["calls"]]'; }
is "its own department calls it" "$(calls 35)" "[('$redon', '35', False)]"
is "the neighbour sees it behind its own" "$(calls 56)" "[('56007', '56', False), ('$redon', '35', True)]"
is "another has nobody of its own" "$(calls 44)" "[('$redon', '35', True)]"
is "one that has no member does not" "$(calls 29)" "[]"
like "marked, for people" "$(relais calls essai --department 56)" "35 \(voisin\)"
like "in the table too" "$(relais calls essai --department 56 --format csv)" "Redon"
report() { relais report essai --department "$1" --format json | json '[a["selected"]["total"], a["selected"]["unreachable"], len(a["calls"]), a["neighbours"]]'; }
is "a report counts what belongs" "$(report 35)" "[2, 1, 1, {'informed': 0, 'selected': 0, 'answered': 0, 'unreachable': 0}]"
is "… and says what else is seen" "$(report 56)" "[1, 1, 1, {'informed': 1, 'selected': 1, 'answered': 0, 'unreachable': 1}]"
is "all departments together count each once" "$(relais report essai --format json | json '[a["selected"]["total"], sum(d["selected"]["total"] for d in a["departments"]), a["neighbours"]]')" "[3, 3, None]"
like "in words" "$(relais report essai --department 44)" "Voit aussi 1[^a-z]+groupement qui relève d'un département voisin \(1[^a-z]+s.*lectionn"
relais report essai --department 44 --format html >"$tmp/report.html"
ok "… on the page" grep -Eq "Voit aussi 1[^a-z]+groupement" "$tmp/report.html"

# -- one address for several collectivités is kept for each
printf 'code insee;courriel\n29001;secretariat@syndicat.example\n29002;secretariat@syndicat.example\n29004;secretariat@syndicat.example\n' >"$tmp/partagee.csv"
relais import "$tmp/partagee.csv" --campaign essai --format json >"$tmp/partagee.json"
is "said" "$(json '[w["emails"] for w in a["warnings"] if w["code"] == "SHARED_MAILBOX"]' <"$tmp/partagee.json")" "[['secretariat@syndicat.example']]"
is "kept for each" "$(sql "SELECT COUNT(DISTINCT party_id) FROM contact WHERE address = 'secretariat@syndicat.example'")" "3"

plan_at_end
