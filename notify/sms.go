package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxSMS is the longest text message in characters: ten parts of Cyrillic.
const MaxSMS = 670

// latinSMS are the characters of which 160 fit into one message (GSM 03.38, without the tables of national letters);
// each of extendedSMS counts as two of them.
const (
	latinSMS    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extendedSMS = "\f^{}\\[~]|€"
)

// SMSParts is how many messages a provider makes of a text, and usually charges: 160 Latin characters fit into one, or 153 into
// each of several; with any other character, Cyrillic above all, 70 and 67.
func SMSParts(text string) int {
	alone, joined, length := 160, 153, 0
	for _, r := range text {
		switch {
		case strings.ContainsRune(latinSMS, r):
			length++
		case strings.ContainsRune(extendedSMS, r):
			length += 2
		default:
			alone, joined = 70, 67
		}
	}
	if alone == 70 {
		length = len(utf16.Encode([]rune(text)))
	}
	if length <= alone {
		return 1
	}
	return (length + joined - 1) / joined
}

// DefaultSMSTimeout bounds one sending when the context allows longer.
const DefaultSMSTimeout = 30 * time.Second

// SMS is one text message.
type SMS struct {
	ID   string // unique; the same for every attempt to send this message
	To   string // E.164, such as +79161234567
	Text string // at most [MaxSMS] characters
}

// SMSSender hands a text message to whoever delivers it. Its errors are [*DeliveryError].
type SMSSender interface {
	SendSMS(ctx context.Context, sms SMS) error
}

// HTTPSMS sends text messages through a provider, or a small adapter in front of one, that takes
//
//	POST url
//	Authorization: Bearer token
//	Idempotency-Key: id
//	{"id": "...", "to": "+79161234567", "text": "..."}
//
// and answers 2xx once it has accepted the message.
type HTTPSMS struct {
	url        string
	token      string
	idempotent bool
	client     *http.Client
}

// NewHTTPSMS reads the setting MARSHRUT_SMS_URL. The parameter idempotent=1 promises that the provider sends a message
// once however often its id arrives; then an attempt without an answer is simply repeated. A token is sent only over
// https, or to the machine itself. Errors never repeat the URL.
func NewHTTPSMS(rawURL, token string) (*HTTPSMS, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("SMS URL must have the form https://host/path")
	}
	if u.User != nil {
		return nil, errors.New("SMS URL must not hold a user or password; give the token separately")
	}
	if token != "" && u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, errors.New("SMS URL would send the token in clear; use https")
	}
	if strings.ContainsFunc(token, isControlOrSpace) {
		return nil, errors.New("SMS token must not contain spaces or line breaks")
	}
	query := u.Query()
	idempotent := false
	if value := query.Get("idempotent"); value != "" {
		if idempotent, err = strconv.ParseBool(value); err != nil {
			return nil, errors.New("SMS URL: idempotent must be 1 or 0")
		}
	}
	query.Del("idempotent")
	u.RawQuery = query.Encode()
	return &HTTPSMS{url: u.String(), token: token, idempotent: idempotent, client: smsClient()}, nil
}

func smsClient() *http.Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        DefaultIdleTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{
		Transport: transport,
		// A redirect could carry the message and the token to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// SendSMS hands one message to the provider.
func (h *HTTPSMS) SendSMS(ctx context.Context, sms SMS) error {
	if err := checkSMS(sms); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultSMSTimeout)
	defer cancel()
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	request, err := h.request(ctx, sms)
	if err != nil {
		return deliveryError(Permanent, CodeBadMessage, "")
	}
	response, err := h.client.Do(request)
	if err != nil {
		return h.unanswered(err, written.Load())
	}
	defer response.Body.Close()
	// Read a little so that the connection can be used again; what it says is not needed.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return h.answered(response.StatusCode)
}

func checkSMS(sms SMS) error {
	phone, err := ParsePhone(sms.To)
	switch {
	case err != nil || phone != sms.To:
		return deliveryError(Permanent, CodeInvalidAddress, "")
	case sms.ID == "" || !isASCII(sms.ID) || strings.ContainsFunc(sms.ID, isControlOrSpace):
		return deliveryError(Permanent, CodeBadMessage, "the id must be ASCII without spaces")
	case strings.TrimSpace(sms.Text) == "":
		return deliveryError(Permanent, CodeBadMessage, "the text is empty")
	case utf8.RuneCountInString(sms.Text) > MaxSMS:
		return deliveryError(Permanent, CodeBadMessage, "the text is longer than "+strconv.Itoa(MaxSMS)+" characters")
	}
	return nil
}

func (h *HTTPSMS) request(ctx context.Context, sms SMS) (*http.Request, error) {
	body, err := json.Marshal(map[string]string{"id": sms.ID, "to": sms.To, "text": cleanText(sms.Text)})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", sms.ID)
	if h.token != "" {
		request.Header.Set("Authorization", "Bearer "+h.token)
	}
	// net/http takes the Idempotency-Key as leave to send a request again by itself when a kept connection dies under
	// it. Whether that is safe depends on the provider, so the body cannot be had twice.
	if !h.idempotent {
		request.GetBody = nil
	}
	return request, nil
}

// unanswered classifies a request without a response. Before its headers were written nothing can have been accepted.
func (h *HTTPSMS) unanswered(err error, written bool) error {
	code := CodeConnectionLost
	switch {
	case isTimeout(err):
		code = CodeTimeout
	case !written:
		code = CodeConnectFailed
	}
	if !written {
		return deliveryError(Retry, code, "")
	}
	return deliveryError(h.doubtful(), code, "after the request was sent")
}

// doubtful is the class of an attempt the provider may have carried out.
func (h *HTTPSMS) doubtful() Class {
	if h.idempotent {
		return Retry
	}
	return Unknown
}

func (h *HTTPSMS) answered(status int) error {
	detail := "HTTP " + strconv.Itoa(status)
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return deliveryError(Retry, CodeDeferred, detail)
	case status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired:
		// As with SMTP: the token in the settings is wrong, the message is not.
		return deliveryError(Retry, CodeAuthRefused, detail)
	case status == http.StatusPaymentRequired:
		return deliveryError(Retry, CodeNoPayment, detail)
	case status == http.StatusConflict:
		// Usual answer to an id whose first attempt is still being carried out.
		return deliveryError(h.doubtful(), CodeServerBusy, detail)
	case status >= 500:
		return deliveryError(h.doubtful(), CodeServerBusy, detail)
	case status >= 300 && status <= 399:
		return deliveryError(Permanent, CodeProtocol, detail+", redirects are not followed")
	default:
		return deliveryError(Permanent, CodeMessageRefused, detail)
	}
}
