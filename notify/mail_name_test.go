package notify

import "testing"

// A name that looks like an encoded word would be decoded by the reader's program.
func TestANameThatLooksEncodedStaysAsItIs(t *testing.T) {
	t.Parallel()
	a, err := mailbox(Address{Name: "=?utf-8?q?Director?=", Email: "ann@example.org"})
	if err != nil || a.Name != "= ?utf-8?q?Director?=" {
		t.Errorf("%v, %v", a, err)
	}
}
