package smsbox

import "marshrut/standalone/webpage"

func words() webpage.Words {
	return webpage.Words{
		"search_hint":  {EN: "Phone or text", RU: "Телефон или текст"},
		"found":        {EN: "Found: %d", RU: "Найдено: %d"},
		"total":        {EN: "Messages: %d", RU: "Сообщений: %d"},
		"attempts":     {EN: "arrived %d times, accepted once", RU: "приходило раз: %d, принято один раз"},
		"empty":        {EN: "No SMS yet. Every text message Marshrut sends will be here: nothing leaves this machine.", RU: "Сообщений пока нет. Здесь появится каждое SMS, которое отправит Маршрут: наружу ничего не уходит."},
		"nothing":      {EN: "Nothing is found.", RU: "Ничего не найдено."},
		"delete_title": {EN: "Delete all SMS?", RU: "Удалить все SMS?"},
		"delete_count": {EN: "Messages that will be deleted: %d. They cannot be brought back.", RU: "Будет удалено сообщений: %d. Вернуть их будет нельзя."},
	}
}
