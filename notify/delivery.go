package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
)

// Class says what is known about a message whose sending failed, and so what may be done with it.
type Class string

const (
	// Retry: certainly not accepted, and a later attempt may succeed.
	Retry Class = "retry"
	// Permanent: certainly not accepted, and the same message never will be.
	Permanent Class = "permanent"
	// Unknown: the message was handed over whole but no answer came; it may have been accepted. It must not be
	// sent again without a person's decision.
	Unknown Class = "unknown"
)

// DeliveryError is what every failed sending returns.
//
// It holds no personal data: a server's reply often repeats the address, so only the reply's numbers are kept.
type DeliveryError struct {
	Class  Class
	Code   ReasonCode // stable; [ReasonText] puts it into words for people
	Reason string     // the code and, when the server answered, the numbers of its reply and their meaning
	Reply  string     // the numbers alone, "550 5.7.1"; empty: the server did not answer
}

// Error returns the class and the reason.
func (e *DeliveryError) Error() string {
	return fmt.Sprintf("delivery failed (%s): %s", e.Class, e.Reason)
}

func deliveryError(class Class, code ReasonCode, detail string) *DeliveryError {
	reason := string(code)
	if detail != "" {
		reason += ": " + detail
	}
	return &DeliveryError{Class: class, Code: code, Reason: reason}
}

// step is the point of an SMTP session at which something failed. Steps before mailFrom belong to the connection,
// not to the message.
type step int

const (
	stepGreeting step = iota
	stepHello
	stepTLS
	stepAuth
	stepReset
	stepMail
	stepRcpt
	stepData
	stepBody  // the message, up to and including the final dot
	stepReply // the final dot has been sent, its reply is awaited
)

// smtpFailure classifies an error of the SMTP dialogue (RFC 5321 §4.2.1, §6.1).
//
// A refusal of the connection itself, a wrong password included, says nothing about the message: settings and server
// can be put right, so it may be tried again.
func smtpFailure(at step, err error) *DeliveryError {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		failure := replyFailure(at, reply)
		failure.Reply = numbersOf(reply)
		return failure
	}
	class := Retry
	if at == stepReply {
		class = Unknown
	}
	switch {
	case isTimeout(err):
		return deliveryError(class, CodeTimeout, stepName(at))
	case isConnectionLoss(err):
		return deliveryError(class, CodeConnectionLost, stepName(at))
	case at == stepTLS:
		return deliveryError(class, CodeTLSFailed, "")
	default:
		return deliveryError(class, CodeProtocol, stepName(at))
	}
}

func replyFailure(at step, reply *textproto.Error) *DeliveryError {
	detail := replyNumbers(reply)
	switch {
	case reply.Code == 421:
		return deliveryError(Retry, CodeServerBusy, detail)
	case at < stepMail:
		return deliveryError(Retry, refusalCode(at), detail)
	case reply.Code >= 400 && reply.Code <= 499:
		return deliveryError(Retry, CodeDeferred, detail)
	case reply.Code == 530 || reply.Code == 534 || reply.Code == 535 || reply.Code == 538:
		// "Authentication required", whatever the command: the settings are wrong, the message is not.
		return deliveryError(Retry, CodeAuthRefused, detail)
	case reply.Code >= 500 && reply.Code <= 599:
		return deliveryError(Permanent, refusalCode(at), detail)
	case at == stepReply:
		return deliveryError(Unknown, CodeProtocol, detail)
	default:
		return deliveryError(Retry, CodeProtocol, detail)
	}
}

func refusalCode(at step) ReasonCode {
	switch at {
	case stepTLS:
		return CodeTLSFailed
	case stepAuth:
		return CodeAuthRefused
	case stepMail:
		return CodeSenderRefused
	case stepRcpt:
		return CodeRecipientRefused
	case stepData, stepBody, stepReply:
		return CodeMessageRefused
	default:
		return CodeServerRefused
	}
}

func stepName(at step) string {
	switch at {
	case stepGreeting:
		return "waiting for the greeting"
	case stepHello:
		return "at EHLO"
	case stepTLS:
		return "starting TLS"
	case stepAuth:
		return "signing in"
	case stepReset:
		return "at RSET"
	case stepMail:
		return "at MAIL"
	case stepRcpt:
		return "at RCPT"
	case stepData:
		return "at DATA"
	case stepBody:
		return "sending the message"
	default:
		return "after the final dot"
	}
}

var enhancedCode = regexp.MustCompile(`^[245]\.(\d{1,3}\.\d{1,3})\b`)

// enhancedMeaning explains the subject and detail of RFC 3463 status codes seen in practice.
var enhancedMeaning = map[string]string{
	"1.1":  "no such mailbox",
	"1.2":  "no such domain",
	"1.3":  "bad address",
	"1.6":  "mailbox has moved",
	"1.8":  "sender's domain refused",
	"1.10": "domain accepts no mail",
	"2.1":  "mailbox disabled",
	"2.2":  "mailbox full",
	"2.3":  "message too long for the mailbox",
	"3.4":  "message too big",
	"4.1":  "no answer from the recipient's server",
	"4.4":  "no route to the recipient's server",
	"4.7":  "delivery time expired",
	"7.0":  "refused by policy",
	"7.1":  "refused by policy",
	"7.8":  "wrong user or password",
	"7.9":  "sign-in method refused",
	"7.26": "sender's domain failed authentication",
}

// numbersOf are a reply's numbers alone; the text of a reply may name the recipient.
func numbersOf(reply *textproto.Error) string {
	code := fmt.Sprintf("%03d", reply.Code)
	if enhanced := enhancedCode.FindString(reply.Msg); enhanced != "" {
		code += " " + enhanced
	}
	return code
}

// replyNumbers are a reply's numbers with what they mean.
func replyNumbers(reply *textproto.Error) string {
	code := numbersOf(reply)
	if match := enhancedCode.FindStringSubmatch(reply.Msg); match != nil {
		if meaning, ok := enhancedMeaning[match[1]]; ok {
			code += ", " + meaning
		}
	}
	return code
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, os.ErrDeadlineExceeded) || (errors.As(err, &netErr) && netErr.Timeout())
}

func isConnectionLoss(err error) bool {
	var opErr *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		(errors.As(err, &opErr) && (opErr.Op == "read" || opErr.Op == "write"))
}
