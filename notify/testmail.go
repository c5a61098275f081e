package notify

import (
	"fmt"
	"strings"
)

// TestMail is a short letter that shows that an address can be written from; whom it goes to and its MessageID are the caller's to add.
func TestMail(from Address, replyTo, lang string) Mail {
	lines := []string{fmt.Sprintf(bilingual{"This is a test letter: letters can be sent from %s.", "Это проверочное письмо: с адреса %s письма уходят."}.in(lang), from.Email)}
	if replyTo != "" {
		lines = append(lines, fmt.Sprintf(bilingual{"Answers to it go to %s.", "Ответы на него придут на %s."}.in(lang), replyTo))
	}
	lines = append(lines, bilingual{"There is nothing to do about it.", "Делать с ним ничего не нужно."}.in(lang))
	subject := bilingual{"Test of the mailbox “%s”", "Проверка почтового ящика «%s»"}.in(lang)
	m := Mail{Subject: fmt.Sprintf(subject, from.Name), Text: strings.Join(lines, "\n\n") + "\n", Lang: lang}
	m.SendFrom(from, replyTo)
	return m
}
