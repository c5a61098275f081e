package routemaps

import (
	"strings"
	"testing"
)

// creator makes a case of another map when it ends.
const creator = `id: creator
process: appeal
name: {en: C, ru: К}
available_to: {offices: OFFICES}
stages:
  - id: a
    name: {en: A, ru: А}
    performer: responsible
    outcomes:
      - {id: done, name: {en: Done, ru: Готово}, finish: positive, create: {process: claim, map: target}}
`

func TestCheckRefusesToMakeCasesThatNobodyFillsIn(t *testing.T) {
	t.Parallel()
	for intake, want := range map[string]string{
		"[{field: client, required: true}, {field: topic, required: true}, {field: source, required: true}, amount]": "",
		"[{field: client, required: true}, {field: amount, required: true}]":                                         "10:98: the map target requires amount at intake",
		`[{field: amount, required: true, when: reason == "debt"}]`:                                                  "",
		`[{field: amount, required: true, when: reason != "debt"}]`:                                                  "the map target requires amount at intake",
	} {
		target, err := Load("target.yaml", []byte(`id: target
process: claim
name: {en: T, ru: Ц}
intake: `+intake+`
stages:
  - id: a
    name: {en: A, ru: А}
    performer: responsible
    outcomes: [{id: done, name: {en: Done, ru: Готово}, require: [amount, reason], finish: positive}]
`))
		if err != nil {
			t.Fatal(err)
		}
		find := func(string) (*Map, bool) { return target, true }
		m, err := Load("creator.yaml", []byte(strings.Replace(creator, "OFFICES", "[]", 1)))
		if err != nil {
			t.Fatal(err)
		}
		errs, _ := Check(m, Known{Maps: find})
		if (want == "") != (len(errs) == 0) || len(errs) > 0 && !strings.Contains(errs.Error(), want) {
			t.Errorf("%s: %v, want %q", intake, errs, want)
		}
	}
}

// TestR38_AnUnknownOfficeIsRefused, where there is none at all too.
func TestR38_AnUnknownOfficeIsRefused(t *testing.T) {
	t.Parallel()
	m, err := Load("creator.yaml", []byte(strings.Replace(creator, "OFFICES", "[north]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []struct {
		offices []string
		want    string
	}{
		{[]string{}, `4:25: the office "north" is unknown`},
		{[]string{"south"}, `4:25: the office "north" is unknown`},
		{[]string{"south", "north"}, ""},
		{nil, ""},
	} {
		errs, _ := Check(m, Known{Offices: known.offices})
		if len(errs) > 1 || (known.want == "") != (len(errs) == 0) || len(errs) > 0 && !strings.Contains(errs[0].Error(), known.want) {
			t.Errorf("%v: %v", known.offices, errs)
		}
	}
}
