package notify

import "slices"

// ReasonCode is a stable name of why a notification was not sent. It is stored with the notification and shown on
// the case (R40); [ReasonText] puts it into words.
type ReasonCode string

// Reasons for which nothing is sent at all (R40).
const (
	CodeNoRecipient     ReasonCode = "no_recipient"
	CodeNoEmail         ReasonCode = "no_email"
	CodeNoMailingEmail  ReasonCode = "no_mailing_email"
	CodeNoMobile        ReasonCode = "no_mobile"
	CodeSMSContactsOnly ReasonCode = "sms_contacts_only"
	CodeInvalidAddress  ReasonCode = "invalid_address"
	CodeNoSMSProvider   ReasonCode = "no_sms_provider"
	CodeNoMailServer    ReasonCode = "no_mail_server"
	CodeUnknownChannel  ReasonCode = "unknown_channel"
	// CodeRecipientMuted is of a user who wants no letters about this (R66).
	CodeRecipientMuted ReasonCode = "recipient_muted"
	// CodeRecipientInactive is of a user who does not work here any more.
	CodeRecipientInactive ReasonCode = "recipient_inactive"
	// CodeBlockOff is of a user, and a case whose block the company has switched off (R22).
	CodeBlockOff ReasonCode = "block_off"
	// CodeStageLeft is of a webhook whose stage the case left before it was delivered.
	CodeStageLeft ReasonCode = "stage_left"
)

// Reasons for which a sending failed.
const (
	CodeBadMessage          ReasonCode = "bad_message"
	CodeConnectFailed       ReasonCode = "connect_failed"
	CodeConnectionLost      ReasonCode = "connection_lost"
	CodeTimeout             ReasonCode = "timeout"
	CodePoolBusy            ReasonCode = "pool_busy"
	CodeMailerClosed        ReasonCode = "mailer_closed"
	CodeTLSFailed           ReasonCode = "tls_failed"
	CodeTLSUnavailable      ReasonCode = "tls_unavailable"
	CodeAuthRefused         ReasonCode = "auth_refused"
	CodeAuthUnavailable     ReasonCode = "auth_unavailable"
	CodeServerRefused       ReasonCode = "server_refused"
	CodeServerBusy          ReasonCode = "server_busy"
	CodeDeferred            ReasonCode = "deferred"
	CodeSenderRefused       ReasonCode = "sender_refused"
	CodeRecipientRefused    ReasonCode = "recipient_refused"
	CodeMessageRefused      ReasonCode = "message_refused"
	CodeAddressNotSupported ReasonCode = "address_not_supported"
	CodeProtocol            ReasonCode = "protocol_error"
	CodeNoPayment           ReasonCode = "no_payment"
	CodeWebhookUnreachable  ReasonCode = "webhook_unreachable"
	CodeWebhookRefused      ReasonCode = "webhook_refused"
	CodeBadURL              ReasonCode = "bad_url"
	CodeDatabase            ReasonCode = "database"
	CodeNotSent             ReasonCode = "not_sent"
	CodeTemplateFailed      ReasonCode = "template_failed"
	CodeWorkerLost          ReasonCode = "worker_lost"
)

// Languages templates and texts are written in.
const (
	English = "en"
	Russian = "ru"
)

type bilingual struct{ en, ru string }

func (b bilingual) in(lang string) string {
	if lang == Russian {
		return b.ru
	}
	return b.en
}

var reasonTexts = map[ReasonCode]bilingual{
	CodeNoRecipient:       {"there is nobody to send it to", "нет получателя"},
	CodeNoEmail:           {"the recipient has no e-mail address", "у получателя не указан адрес электронной почты"},
	CodeNoMailingEmail:    {"the contact has no e-mail address of the kind “mailing”", "у контактного лица нет адреса почты с видом «для рассылки»"},
	CodeNoMobile:          {"the contact has no phone number of the kind “mobile”", "у контактного лица нет телефона с видом «мобильный»"},
	CodeSMSContactsOnly:   {"SMS goes to contacts only", "SMS отправляются только контактным лицам"},
	CodeInvalidAddress:    {"the recipient's address is not valid", "адрес получателя записан неверно"},
	CodeNoSMSProvider:     {"no SMS provider is set up", "отправка SMS не настроена"},
	CodeNoMailServer:      {"no mail server is set up", "отправка почты не настроена"},
	CodeUnknownChannel:    {"the channel is neither e-mail nor SMS", "канал не почта и не SMS"},
	CodeRecipientMuted:    {"the recipient wants no letters about this", "получатель отказался от таких писем"},
	CodeRecipientInactive: {"the recipient does not work here any more", "получатель больше не работает"},
	CodeBlockOff:          {"the company has switched off what the case belongs to", "то, к чему относится карточка, в компании отключено"},
	CodeStageLeft:         {"the case left the stage that waited for it", "карточка ушла с этапа, который этого ждал"},

	CodeBadMessage:          {"the message is malformed", "сообщение составлено неверно"},
	CodeConnectFailed:       {"the server cannot be reached", "сервер недоступен"},
	CodeConnectionLost:      {"the connection was lost", "соединение прервалось"},
	CodeTimeout:             {"the server did not answer in time", "сервер не ответил вовремя"},
	CodePoolBusy:            {"all connections to the server were busy", "все соединения с сервером были заняты"},
	CodeMailerClosed:        {"the program was shutting down", "программа завершала работу"},
	CodeTLSFailed:           {"a secure connection could not be made", "не удалось установить защищённое соединение"},
	CodeTLSUnavailable:      {"the server offers no secure connection, and the settings require one", "сервер не предлагает защищённого соединения, а настройки его требуют"},
	CodeAuthRefused:         {"the server refused the user or password of the settings", "сервер не принял имя или пароль из настроек"},
	CodeAuthUnavailable:     {"the server offers no safe way to sign in", "сервер не предлагает безопасного способа входа"},
	CodeServerRefused:       {"the server refused the connection", "сервер отказал в соединении"},
	CodeServerBusy:          {"the server is busy", "сервер занят"},
	CodeDeferred:            {"the server asked to try later", "сервер просит повторить позже"},
	CodeSenderRefused:       {"the server refused the sender", "сервер не принял отправителя"},
	CodeRecipientRefused:    {"the server refused the recipient", "сервер не принял получателя"},
	CodeMessageRefused:      {"the server refused the message", "сервер не принял сообщение"},
	CodeAddressNotSupported: {"the server cannot deliver to addresses with non-Latin letters", "сервер не доставляет почту на адреса не латиницей"},
	CodeProtocol:            {"the server answered incomprehensibly", "ответ сервера непонятен"},
	CodeNoPayment:           {"the SMS provider asks for payment", "провайдер SMS требует оплаты"},
	CodeWebhookUnreachable:  {"the other system cannot be reached", "другая система недоступна"},
	CodeWebhookRefused:      {"the other system refused the call", "другая система не приняла вызов"},
	CodeBadURL:              {"the webhook's address is not valid", "адрес вебхука записан неверно"},
	CodeDatabase:            {"what it says could not be read from the database", "не удалось прочитать содержание из базы данных"},
	CodeNotSent:             {"it could not be sent", "отправить не удалось"},
	CodeTemplateFailed:      {"the template has a fault", "в шаблоне ошибка"},
	CodeWorkerLost:          {"the program stopped while sending; nobody knows whether it went out", "программа остановилась во время отправки; ушло ли сообщение, неизвестно"},
}

// ReasonText says in the given language (English unless "ru") why a notification was not sent. A code it does not
// know is returned as it is.
func ReasonText(code ReasonCode, lang string) string {
	text, ok := reasonTexts[code]
	if !ok {
		return string(code)
	}
	return text.in(lang)
}

// ReasonCodes lists every code, for documentation and for tests of completeness.
func ReasonCodes() []ReasonCode {
	codes := make([]ReasonCode, 0, len(reasonTexts))
	for code := range reasonTexts {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}
