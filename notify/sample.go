package notify

import "time"

// sampleCase is what differs between the processes in sample data.
type sampleCase struct {
	number                                string
	kind, routeMap, stage, outcome, topic bilingual
}

var sampleCases = map[string]sampleCase{
	"appeal": {
		"A-000123",
		bilingual{"Request", "Обращение"},
		bilingual{"Appeal", "Обращение"},
		bilingual{"Processing", "Отработка"},
		bilingual{"Resolved", "Решено"},
		bilingual{"Delivery to a new address", "Доставка на новый адрес"},
	},
	"deal": {
		"D-000045",
		bilingual{"Deal", "Сделка"},
		bilingual{"Typical sale", "Типовая продажа"},
		bilingual{"Order", "Заказ"},
		bilingual{"Placed", "Оформлен"},
		bilingual{"Office furniture for 20 people", "Офисная мебель на 20 рабочих мест"},
	},
	"interest": {
		"I-000678",
		bilingual{"Opportunity", "Интерес"},
		bilingual{"New clients", "Новые клиенты"},
		bilingual{"Shipment", "Отгрузка"},
		bilingual{"Shipped", "Отгружено"},
		bilingual{"First delivery of tea", "Первая поставка чая"},
	},
	"claim": {
		"C-000009",
		bilingual{"Claim", "Претензия"},
		bilingual{"Claim", "Претензия"},
		bilingual{"Decision", "Решение"},
		bilingual{"Satisfied", "Удовлетворена"},
		bilingual{"Damaged packaging", "Повреждённая упаковка"},
	},
}

var sampleFields = map[string]bilingual{
	"amount":            {"RUB 184,500.00", "184 500,00 ₽"},
	"answer":            {"We deliver to the new address from Monday.", "С понедельника доставляем по новому адресу."},
	"date":              {"23 November 2026", "23 ноября 2026 г."},
	"delivery":          {"To the door, within a week", "До двери, в течение недели"},
	"description":       {"Two boxes arrived torn.", "Две коробки пришли порванными."},
	"document_number":   {"318", "318"},
	"due":               {"30 November 2026", "30 ноября 2026 г."},
	"number":            {"2026-117", "2026-117"},
	"payment":           {"Half in advance, half on delivery", "Половина авансом, половина при получении"},
	"result":            {"The delivery address has been changed.", "Адрес доставки изменён."},
	"results_of_review": {"The goods will be replaced free of charge.", "Товар будет заменён бесплатно."},
	"valid_until":       {"15 December 2026", "15 декабря 2026 г."},
}

// Sample returns invented data for previews of templates of a process (appeal, deal, interest, claim or any), in the
// language. Every variable has a value.
func Sample(process, lang string) Data {
	c, ok := sampleCases[process]
	if !ok {
		c = sampleCases["appeal"]
	}
	fields := make(map[string]string, len(sampleFields))
	for id, value := range sampleFields {
		fields[id] = value.in(lang)
	}
	return Data{
		Number:           c.number,
		Kind:             c.kind.in(lang),
		Map:              c.routeMap.in(lang),
		Stage:            c.stage.in(lang),
		Outcome:          c.outcome.in(lang),
		Due:              time.Date(2026, time.November, 25, 15, 0, 0, 0, time.UTC),
		Location:         time.FixedZone("MSK", 3*60*60),
		Client:           bilingual{"Cornflower Ltd", "ООО «Василёк»"}.in(lang),
		Contact:          bilingual{"Anna Petrova", "Анна Петрова"}.in(lang),
		Recipient:        bilingual{"Anna Petrova", "Анна Петрова"}.in(lang),
		Responsible:      bilingual{"Ivan Sokolov", "Иван Соколов"}.in(lang),
		ResponsiblePhone: "+7 495 000-00-00",
		ResponsibleEmail: "sokolov@example.com",
		Handler:          bilingual{"Maria Orlova", "Мария Орлова"}.in(lang),
		HandlerPhone:     "+7 495 000-00-01",
		HandlerEmail:     "orlova@example.com",
		Performer:        bilingual{"Maria Orlova", "Мария Орлова"}.in(lang),
		Topic:            c.topic.in(lang),
		URL:              "https://crm.example.com/cases/" + c.number,
		Fields:           fields,
		Brand:            Brand{Company: bilingual{"Camomile Trading", "ООО «Ромашка»"}.in(lang)},
	}
}

// SampleNotice returns invented data for previews of letters to those who work here, in the language. Every variable has a value.
func SampleNotice(lang string) Data {
	d := Sample("deal", lang)
	d.Recipient = bilingual{"Maria Orlova", "Мария Орлова"}.in(lang)
	what := bilingual{"Order, D-000045", "Заказ, D-000045"}.in(lang)
	d.Notice = Notice{
		What: what, About: d.Topic, Person: bilingual{"Ivan Sokolov", "Иван Соколов"}.in(lang), Count: 2,
		Items: bilingual{"New task: ", "Новая задача: "}.in(lang) + what + "\n" + d.Topic + "\n\n" + bilingual{"You are mentioned: ", "Вас упомянули: "}.in(lang) + "A-000123",
	}
	return d
}
