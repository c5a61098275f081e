package crm

// Answer is what a request was answered with, kept so that its repetition gets the same one.
type Answer struct {
	Status  int
	Headers map[string]string
	Body    []byte
}
