package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"marshrut/notify"
)

func sms() notify.SMS {
	return notify.SMS{ID: "n-17", To: "+79161234567", Text: "Заказ отгружен"}
}

func provider(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func sender(t *testing.T, url, token string) notify.SMSSender {
	t.Helper()
	s, err := notify.NewHTTPSMS(url, token)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestR51_SMSRequest(t *testing.T) {
	var seen http.Header
	var body map[string]string
	url := provider(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header
		if r.Method != http.MethodPost || r.URL.RequestURI() != "/send?account=7" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err := sender(t, url+"/send?account=7&idempotent=1", "token").SendSMS(t.Context(), sms()); err != nil {
		t.Fatal(err)
	}
	if seen.Get("Authorization") != "Bearer token" || seen.Get("Idempotency-Key") != "n-17" || seen.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", seen)
	}
	if body["id"] != "n-17" || body["to"] != "+79161234567" || body["text"] != "Заказ отгружен" || len(body) != 3 {
		t.Errorf("body %v", body)
	}
}

func TestR51_SMSAnswers(t *testing.T) {
	tests := []struct {
		status            int
		plain, idempotent notify.Class
		code              notify.ReasonCode
	}{
		{302, notify.Permanent, notify.Permanent, notify.CodeProtocol},
		{400, notify.Permanent, notify.Permanent, notify.CodeMessageRefused},
		{401, notify.Retry, notify.Retry, notify.CodeAuthRefused},
		{402, notify.Retry, notify.Retry, notify.CodeNoPayment},
		{404, notify.Permanent, notify.Permanent, notify.CodeMessageRefused},
		{408, notify.Retry, notify.Retry, notify.CodeDeferred},
		{409, notify.Unknown, notify.Retry, notify.CodeServerBusy},
		{422, notify.Permanent, notify.Permanent, notify.CodeMessageRefused},
		{425, notify.Retry, notify.Retry, notify.CodeDeferred},
		{429, notify.Retry, notify.Retry, notify.CodeDeferred},
		{500, notify.Unknown, notify.Retry, notify.CodeServerBusy},
		{503, notify.Unknown, notify.Retry, notify.CodeServerBusy},
	}
	for _, test := range tests {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			url := provider(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					t.Error("the redirect was followed")
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, "no such number +79161234567")
			})
			for query, class := range map[string]notify.Class{"": test.plain, "?idempotent=1": test.idempotent} {
				err := sender(t, url+query, "").SendSMS(t.Context(), sms())
				hasClass(t, err, class, test.code)
				if strings.Contains(err.Error(), "7916") {
					t.Errorf("the error tells the number: %v", err)
				}
			}
		})
	}
}

func TestR51_SMSWithoutAnswer(t *testing.T) {
	arrived := make(chan struct{}, 1)
	faults := map[string]struct {
		handler http.HandlerFunc
		code    notify.ReasonCode
	}{
		"hangs": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			arrived <- struct{}{}
			<-r.Context().Done()
		}, notify.CodeTimeout},
		"drops": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		}, notify.CodeConnectionLost},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			url := provider(t, fault.handler)
			for query, class := range map[string]notify.Class{"": notify.Unknown, "?idempotent=1": notify.Retry} {
				ctx, cancel := context.WithCancel(t.Context())
				go func() {
					select {
					case <-arrived:
						cancel()
					case <-ctx.Done():
					}
				}()
				hasClass(t, sender(t, url+query, "").SendSMS(ctx, sms()), class, fault.code)
				cancel()
			}
		})
	}
}

func TestR51_SMSProviderAbsent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	hasClass(t, sender(t, "http://"+listener.Addr().String(), "").SendSMS(t.Context(), sms()), notify.Retry, notify.CodeConnectFailed)
}

// TestR51_SMSIsNotRepeatedBehindOurBack guards against net/http, which takes an Idempotency-Key as leave to send a
// request again when a kept connection dies.
func TestR51_SMSIsNotRepeatedBehindOurBack(t *testing.T) {
	var requests atomic.Int32
	url := provider(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) == 1 {
			w.WriteHeader(http.StatusOK)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	})
	s := sender(t, url, "")
	if err := s.SendSMS(t.Context(), sms()); err != nil {
		t.Fatal(err)
	}
	hasClass(t, s.SendSMS(t.Context(), sms()), notify.Unknown, notify.CodeConnectionLost)
	if n := requests.Load(); n != 2 {
		t.Errorf("the provider got %d requests, want 2", n)
	}
}

func TestR51_EndlessAnswerIsCutOff(t *testing.T) {
	url := provider(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	if err := sender(t, url, "").SendSMS(t.Context(), sms()); err != nil {
		t.Error(err)
	}
}

func TestR51_BadSMSIsNotSent(t *testing.T) {
	url := provider(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	tests := map[string]struct {
		change func(*notify.SMS)
		code   notify.ReasonCode
	}{
		"no number":      {func(s *notify.SMS) { s.To = "" }, notify.CodeInvalidAddress},
		"local number":   {func(s *notify.SMS) { s.To = "8 916 123-45-67" }, notify.CodeInvalidAddress},
		"no text":        {func(s *notify.SMS) { s.Text = " " }, notify.CodeBadMessage},
		"too long":       {func(s *notify.SMS) { s.Text = strings.Repeat("ы", notify.MaxSMS+1) }, notify.CodeBadMessage},
		"no id":          {func(s *notify.SMS) { s.ID = "" }, notify.CodeBadMessage},
		"line in the id": {func(s *notify.SMS) { s.ID = "a\r\nX-Evil: 1" }, notify.CodeBadMessage},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			message := sms()
			test.change(&message)
			hasClass(t, sender(t, url, "").SendSMS(t.Context(), message), notify.Permanent, test.code)
		})
	}
}

func TestNewHTTPSMSRefuses(t *testing.T) {
	for _, test := range []struct{ url, token string }{
		{"", ""},
		{"sms.example.com/send", ""},
		{"ftp://sms.example.com", ""},
		{"https://user:s3cret@sms.example.com", ""},
		{"http://sms.example.com", "s3cret"},
		{"https://sms.example.com", "s3cret\r\nX: y"},
		{"https://sms.example.com?idempotent=perhaps&key=s3cret", ""},
		{"https://sms.example.com/%zz?key=s3cret", ""},
	} {
		_, err := notify.NewHTTPSMS(test.url, test.token)
		if err == nil {
			t.Errorf("%q was accepted", test.url)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

func TestR51_PartsOfAnSMS(t *testing.T) {
	for text, parts := range map[string]int{
		"": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2,
		strings.Repeat("ы", 70): 1, strings.Repeat("ы", 71): 2, strings.Repeat("ы", 134): 2, strings.Repeat("ы", 135): 3,
		strings.Repeat("a", 70) + "№": 2, strings.Repeat("😀", 35): 1, strings.Repeat("😀", 36): 2,
		strings.Repeat("ы", notify.MaxSMS): 10,
	} {
		if got := notify.SMSParts(text); got != parts {
			t.Errorf("%.20q... of %d: %d parts, want %d", text, len([]rune(text)), got, parts)
		}
	}
}
