package routemaps

import "testing"

func TestShippedMapsLoad(t *testing.T) {
	all, err := LoadAll(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		errs, warnings := Check(m, Known{})
		t.Log(m.ID, m.SHA256, len(m.Fields), errs, warnings)
		if len(errs) > 0 {
			t.Error(errs)
		}
	}
}
