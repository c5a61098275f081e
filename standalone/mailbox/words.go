package mailbox

import "marshrut/standalone/webpage"

func words() webpage.Words {
	return webpage.Words{
		"mail":             {EN: "Mail", RU: "Почта"},
		"from":             {EN: "From", RU: "От кого"},
		"copy":             {EN: "Copy", RU: "Копия"},
		"delivered":        {EN: "Delivered to", RU: "Доставлено"},
		"no_subject":       {EN: "(no subject)", RU: "(без темы)"},
		"search_hint":      {EN: "Recipient, sender or subject", RU: "Получатель, отправитель или тема"},
		"found":            {EN: "Found: %d", RU: "Найдено: %d"},
		"total":            {EN: "Messages: %d", RU: "Писем: %d"},
		"empty":            {EN: "No mail yet. Every message Marshrut sends will be here: nothing leaves this machine.", RU: "Писем пока нет. Здесь появится каждое письмо, которое отправит Маршрут: наружу ничего не уходит."},
		"nothing":          {EN: "Nothing is found.", RU: "Ничего не найдено."},
		"attachments":      {EN: "Attachments", RU: "Вложения"},
		"with_attachments": {EN: "attachments: %d", RU: "вложений: %d"},
		"text_part":        {EN: "Plain text", RU: "Текст без оформления"},
		"html_part":        {EN: "Message", RU: "Письмо"},
		"no_text":          {EN: "The message has no text.", RU: "В письме нет текста."},
		"headers":          {EN: "Headers", RU: "Заголовки"},
		"source":           {EN: "Download the source (.eml)", RU: "Скачать исходник (.eml)"},
		"delete_title":     {EN: "Delete all mail?", RU: "Удалить все письма?"},
		"delete_count":     {EN: "Messages that will be deleted: %d. They cannot be brought back.", RU: "Будет удалено писем: %d. Вернуть их будет нельзя."},
		"not_found":        {EN: "There is no such message", RU: "Такого письма нет"},
	}
}
