package calendar

import (
	"sync"

	"marshrut/crm"
	"marshrut/phrases"
)

// Texts are the problem and the hint in the language. What has no Russian form, such as the words of the parser of YAML, stays
// English.
func (e *Error) Texts(lang crm.Lang) (problem, hint string) {
	if lang != crm.RU {
		return e.Problem, e.Hint
	}
	return inRussian().Russian(e.Problem), inRussian().Russian(e.Hint)
}

// inRussian are the sentences about what is wrong with a calendar.
var inRussian = sync.OnceValue(func() *phrases.Book { return phrases.New(russianSentences, russianNouns) })

var russianSentences = map[string]string{
	// The file.
	"the file is too large for a calendar":                          "файл слишком велик для календаря",
	"the most is {1} bytes":                                         "можно не больше {1} байт",
	"not valid YAML: {1}":                                           "это не YAML: {1}",
	"{1} was used where {2} is expected":                            "здесь {1}, а должно быть: {2}",
	"check indentation, quotes and brackets":                        "проверьте отступы, кавычки и скобки",
	"the file has {1} YAML documents":                               "документов YAML в файле: {1}",
	"put one calendar into a file":                                  "в одном файле один календарь",
	"the file is empty":                                             "файл пуст",
	keysHint:                                                        "ключи календаря: id, name, time_zone, week, shortened_by, years; ключи года: year, provisional, holidays, moved, shortened, special",
	"unknown field {1}":                                             "неизвестный ключ {1}",
	"duplicate key {1}":                                             "ключ {1} повторяется",
	"mapping key {1} already defined at {2}":                        "ключ {1} повторяется, первый — в {2}",
	"{1} stands where {2} belongs":                                  "здесь {1}, а должно быть: {2}",
	"the number is too large":                                       "число слишком велико",
	"the year is not a whole number":                                "год не целое число",
	"write it plainly, for example 2026":                            "напишите его просто, например 2026",
	"{1} is not allowed in a calendar":                              "в календаре не допускается {1}",
	"write the value out":                                           "напишите значение целиком",
	"the id {1} is not usable":                                      "идентификатор {1} не подходит",
	"use 1 to 63 small letters, digits and hyphens, a letter first": "нужны от 1 до 63 строчных латинских букв, цифр и дефисов, первой — буква",

	// Names and the zone.
	"the name is missing":                           "нет названия",
	"give it in both languages: {en: ..., ru: ...}": "дайте его на обоих языках: {en: ..., ru: ...}",
	"the name is too long":                          "название слишком длинное",
	"the most is {1} characters":                    "можно не больше {1} знаков",
	"the time zone is missing":                      "не указан часовой пояс",
	"the time zone {1} is not known":                "часовой пояс {1} неизвестен",
	"use a name of the IANA time zone database, for example Europe/Moscow or UTC": "возьмите имя из базы часовых поясов IANA, например Europe/Moscow или UTC",

	// Hours.
	"the week has {1} minutes of working time":                                            "в неделе рабочих минут: {1}",
	`give at least an hour, for example monday: ["09:00-13:00", "14:00-18:00"]`:           `дайте хотя бы час, например monday: ["09:00-13:00", "14:00-18:00"]`,
	"a day has {1} intervals":                                                             "интервалов в дне: {1}",
	"the most is {1}":                                                                     "можно не больше {1}",
	"the interval {1} begins before the one above it has ended":                           "интервал {1} начинается раньше, чем кончился предыдущий",
	"list intervals in order and without overlap":                                         "перечислите интервалы по порядку и без наложений",
	"{1} is not an interval":                                                              "{1} — не интервал",
	`write "09:00-13:00", with two digits each and no spaces`:                             `напишите "09:00-13:00": по две цифры и без пробелов`,
	"the interval {1} has an impossible time":                                             "в интервале {1} невозможное время",
	"times go from 00:00 to 24:00":                                                        "время бывает от 00:00 до 24:00",
	"the interval {1} does not end after its beginning":                                   "интервал {1} кончается не позже своего начала",
	"work through midnight is an interval up to 24:00 and one from 00:00 on the next day": "работа через полночь — это интервал до 24:00 и интервал с 00:00 на следующий день",
	"{1} is not a length of time":                                                         "{1} — не длительность",
	`write minutes or hours up to 12 hours, for example "1 hour"`:                         `напишите минуты или часы, не больше 12 часов, например "1 hour"`,
	"a day cannot be shortened by {1}":                                                    "день нельзя сократить на {1}",

	// Years.
	"the year {1} cannot be used":                            "год {1} не подходит",
	"years go from {1} to {2}":                               "годы бывают от {1} до {2}",
	"the year {1} is listed twice":                           "год {1} указан дважды",
	"put all of a year's exceptions into one entry":          "соберите все исключения года в одной записи",
	"the year {1} has no working time at all":                "в году {1} совсем нет рабочего времени",
	"check the runs of holidays":                             "проверьте, сколько длятся праздники",
	"{1} is not a date":                                      "{1} — не дата",
	"write year-month-day, for example {1}":                  "напишите год-месяц-день, например {1}",
	"the date {1} is not in {2}":                             "дата {1} не относится к году {2}",
	"list it under its own year":                             "укажите её в её году",
	"{1} is {2} already, in {3}":                             "{1} — уже {2}, в {3}",
	"list a day once":                                        "указывайте день один раз",
	"the run of holidays ends before it begins":              "праздники кончаются раньше, чем начинаются",
	"put the earlier date first":                             "поставьте раннюю дату первой",
	"a special day has no hours":                             "у особого дня нет часов",
	"list a day off under holidays":                          "выходной укажите в holidays",
	"{1} is a day off of the week anyway":                    "{1} и так выходной день недели",
	"a day off moves to a working day":                       "выходной переносится на рабочий день",
	"{1} is a working day of the week":                       "{1} — рабочий день недели",
	"only a weekend or a holiday can move":                   "переносится только выходной или праздник",
	"{1} is shortened twice":                                 "{1} сокращён дважды",
	"{1} is a special day with hours of its own":             "{1} — особый день со своими часами",
	"change its hours there":                                 "измените его часы там",
	"{1} is a day off":                                       "{1} — выходной",
	"only a working day can be shortened":                    "сократить можно только рабочий день",
	"{1} would have no working time left":                    "в дне {1} не осталось бы рабочего времени",
	"list it under holidays, or give it hours under special": "укажите его в holidays или дайте ему часы в special",
}

var russianNouns = map[string]string{
	"nothing":         "ничего нет",
	"a text":          "текст",
	"true or false":   "true или false",
	"a list":          "список",
	"a group of keys": "группа ключей",
	"a number":        "число",
	"string":          "текст",
	"mapping":         "группа ключей",
	"sequence":        "список",
	"an anchor":       "якорь (&)",
	"an alias":        "ссылка (*)",
	"a merge key":     "слияние (<<)",
	"a tag":           "метка (!)",
	holidayClaim:      "праздник",
	movedClaim:        "перенесённый день",
	specialClaim:      "особый день",
}
