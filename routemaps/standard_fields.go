package routemaps

import "marshrut/crm"

// DefaultCurrency is what money is counted in where a map does not say otherwise.
const DefaultCurrency = "RUB"

// StandardFields are the fields that a map may ask for without declaring them, in alphabetical order. A map that
// declares one of them itself decides its type, name and options.
func StandardFields() []Field {
	return []Field{
		{ID: "amount", Type: FieldMoney, Currency: DefaultCurrency, Name: crm.Text{EN: "Amount", RU: "Сумма"}},
		{ID: "answer", Type: FieldLongText, Name: crm.Text{EN: "Answer", RU: "Ответ"}},
		{ID: "balance", Type: FieldMoney, Currency: DefaultCurrency, Name: crm.Text{EN: "Balance due", RU: "Остаток к оплате"}},
		{ID: "client", Type: FieldClient, Name: crm.Text{EN: "Client", RU: "Клиент"}},
		{ID: "comment", Type: FieldLongText, Name: crm.Text{EN: "Comment", RU: "Комментарий"}},
		{ID: "competitor", Type: FieldCompetitor, Name: crm.Text{EN: "Competitor", RU: "Конкурент"}},
		{ID: "contact", Type: FieldContact, Name: crm.Text{EN: "Contact", RU: "Контактное лицо"}},
		{ID: "date", Type: FieldDate, Name: crm.Text{EN: "Date", RU: "Дата"}},
		{ID: "decision_maker", Type: FieldContact, Name: crm.Text{EN: "Decision-maker", RU: "Кто принимает решение"}},
		{ID: "delivery", Type: FieldText, Name: crm.Text{EN: "Delivery", RU: "Доставка"}},
		{ID: "demand", Type: FieldLines, Currency: DefaultCurrency, Name: crm.Text{EN: "Demand", RU: "Потребность в товарах и услугах"}},
		{ID: "department", Type: FieldDepartment, Name: crm.Text{EN: "Department", RU: "Подразделение"}},
		{ID: "description", Type: FieldLongText, Name: crm.Text{EN: "Description", RU: "Описание"}},
		{ID: "document_number", Type: FieldText, Name: crm.Text{EN: "Document number", RU: "Номер документа"}},
		{ID: "documents", Type: FieldFile, Name: crm.Text{EN: "Documents", RU: "Документы"}},
		{ID: "due", Type: FieldDate, Name: crm.Text{EN: "Due date", RU: "Срок оплаты"}},
		{ID: "file", Type: FieldFile, Name: crm.Text{EN: "File", RU: "Файл"}},
		{ID: "findings", Type: FieldLongText, Name: crm.Text{EN: "Findings", RU: "Выводы"}},
		{ID: "interaction", Type: FieldInteraction, Name: crm.Text{EN: "Interaction", RU: "Взаимодействие"}},
		{ID: "need", Type: FieldLongText, Name: crm.Text{EN: "Need", RU: "Потребность"}},
		{ID: "next_interaction", Type: FieldPlannedInteraction, Name: crm.Text{EN: "Next interaction", RU: "Следующее взаимодействие"}},
		{ID: "number", Type: FieldText, Name: crm.Text{EN: "Number", RU: "Номер"}},
		{ID: "payment", Type: FieldText, Name: crm.Text{EN: "Payment", RU: "Порядок оплаты"}},
		{ID: "performer", Type: FieldUser, Name: crm.Text{EN: "Performer", RU: "Исполнитель"}},
		{ID: "planned_call", Type: FieldPlannedInteraction, Kind: crm.InteractionCall, Name: crm.Text{EN: "Planned call", RU: "Запланированный звонок"}},
		{ID: "potential", Type: FieldMoney, Currency: DefaultCurrency, Name: crm.Text{EN: "Potential amount", RU: "Возможная сумма"}},
		{ID: "price", Type: FieldMoney, Currency: DefaultCurrency, Name: crm.Text{EN: "Price", RU: "Цена"}},
		{ID: purposeField, Type: FieldPurpose, Name: crm.Text{EN: "Purpose", RU: "Цель обращения"}},
		{ID: "reason", Type: FieldText, Name: crm.Text{EN: "Reason", RU: "Причина"}},
		{ID: "remainder", Type: FieldMoney, Currency: DefaultCurrency, Name: crm.Text{EN: "Remainder", RU: "Остаток"}},
		{ID: "result", Type: FieldLongText, Name: crm.Text{EN: "Result", RU: "Результат"}},
		{ID: "results_of_review", Type: FieldLongText, Name: crm.Text{EN: "Results of review", RU: "Результаты рассмотрения"}},
		{ID: "ship_date", Type: FieldDate, Name: crm.Text{EN: "Shipping date", RU: "Дата отгрузки"}},
		{ID: "source", Type: FieldText, Name: crm.Text{EN: "Source", RU: "Источник"}},
		{ID: "topic", Type: FieldText, Name: crm.Text{EN: "Topic", RU: "Тема"}},
		{ID: "until", Type: FieldDateTime, Name: crm.Text{EN: "Until", RU: "До какого времени"}},
		{ID: "valid_until", Type: FieldDate, Name: crm.Text{EN: "Valid until", RU: "Действует до"}},
		{ID: "whose", Type: FieldText, Name: crm.Text{EN: "Whose", RU: "Чьи"}},
	}
}

// purposeField is what an appeal is about (R37).
const purposeField = "purpose"

// firstPurposes are the options of a purpose that a map declares to be a choice and no more: the keys that the company's list begins
// with. Maps have been published that way, and mean the same for ever.
func firstPurposes() []Option {
	return []Option{
		{ID: "question", Name: crm.Text{EN: "Question", RU: "Вопрос"}},
		{ID: "service", Name: crm.Text{EN: "Service or support", RU: "Обслуживание или поддержка"}},
		{ID: "documents", Name: crm.Text{EN: "Documents", RU: "Документы"}},
		{ID: "complaint", Name: crm.Text{EN: "Complaint", RU: "Жалоба"}},
		{ID: "suggestion", Name: crm.Text{EN: "Suggestion", RU: "Предложение"}},
		{ID: "other", Name: crm.Text{EN: "Other", RU: "Другое"}},
	}
}
