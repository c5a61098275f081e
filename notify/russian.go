package notify

import (
	"sync"

	"marshrut/phrases"
)

// inRussian are the faults of templates and what to do about them.
var inRussian = sync.OnceValue(func() *phrases.Book {
	return phrases.New(map[string]string{
		"the key is not valid": "неверный ключ",
		"use small Latin letters, digits and single dashes, 64 at most": "нужны строчные латинские буквы, цифры и одиночные дефисы, не больше 64",
		"the language is not known":                                     "неизвестный язык",
		"it must be en or ru":                                           "возможны en и ru",
		"the channel is not known":                                      "неизвестный канал",
		"it must be email or sms":                                       "возможны email и sms",
		"an SMS has neither subject nor HTML":                           "у SMS нет ни темы, ни HTML",
		"write the text only":                                           "оставьте только текст",
		"the subject is missing":                                        "нет темы",
		"write one line":                                                "напишите одну строку",
		"the text is missing":                                           "нет текста",
		"every message needs a plain text":                              "простой текст нужен каждому сообщению",
		"it is too long":                                                "слишком длинно",
		"64 KB at most":                                                 "не больше 64 КБ",
		"it is not UTF-8":                                               "это не UTF-8",
		"save it as UTF-8":                                              "сохраните в UTF-8",
		"write values between tags or in quoted attributes only":        "значения могут стоять только между тегами и в атрибутах в кавычках",
		"a tag or a quote is left open":                                 "не закрыт тег или кавычка",
		"close every tag and quote in the branch that opens it":         "закройте каждый тег и каждую кавычку в той же ветви, где они открыты",
		"it cannot be rendered":                                         "не удалось подставить значения",
		"the rendered text is too long":                                 "с подставленными значениями текст слишком длинный",
		"{{define}} and {{block}} are not available":                    "{{define}} и {{block}} недоступны",
		"write the text where it is used":                               "напишите текст там, где он нужен",
		howActionsLook:                                                  `действие выглядит так: {{.Number}}, {{.Field "amount"}} или {{if .Due}}...{{end}}`,
		"this says yes or no and is nothing to print":                   "это «да» или «нет», печатать здесь нечего",
		"use it in {{if ...}}":                                          "место ему в {{if ...}}",
		"{1} is not available":                                          "{1} недоступно",
		"templates have no variables of their own":                      "своих переменных в шаблонах нет",
		"| is not available":                                            "| недоступен",
		"write (function argument) in parentheses":                      "напишите (функция аргумент) в скобках",
		"{1} takes no arguments":                                        "у {1} нет аргументов",
		".Field needs one field id":                                     ".Field нужен один код поля",
		".Field needs a field id":                                       ".Field нужен код поля",
		".Field needs a field id in quotes":                             ".Field нужен код поля в кавычках",
		"a letter to those who work here has no fields of a case":       "в письме сотруднику нет полей карточки",
		`write {{.Field "amount"}} with the id of a field of the case`:  `напишите {{.Field "amount"}} с кодом поля карточки`,
		"{1} is not a field id":                                         "{1} — не код поля",
		"ids have small Latin letters, digits, - and _":                 "в кодах бывают строчные латинские буквы, цифры, - и _",
		"{1}: values have no parts":                                     "{1}: у значений нет частей",
		"write {1}":                                                     "напишите {1}",
		"unknown variable .{1}":                                         "неизвестная переменная .{1}",
		"did you mean {1}?":                                             "может быть, {1}?",
		"known are {1}":                                                 "известны {1}",
		"a field of the case is written {1}":                            "поле карточки пишется {1}",
		"unknown function {1}":                                          "неизвестная функция {1}",
		"not needs one argument":                                        "not нужен один аргумент",
		"{1} compares two values":                                       "{1} сравнивает два значения",
		"{1} needs arguments of one sort":                               "{1} нужны аргументы одного рода",
		"give it texts only, or conditions only":                        "дайте либо только тексты, либо только условия",
		"there is no letter to those who work here called {1}":          "письма сотрудникам с именем {1} нет",
		"the template is for {1}":                                       "этот шаблон для {1}",
		"use another key for another channel":                           "для другого канала нужен другой ключ",
		"there is a control character in the text":                      "в тексте есть управляющий символ",
		"remove it":                                            "уберите его",
		"this is not HTML":                                     "это не HTML",
		"this < begins no tag":                                 "с этого < не начинается тег",
		"write &lt; to show a <":                               "чтобы показать <, напишите &lt;",
		"<!DOCTYPE> does not belong here":                      "<!DOCTYPE> здесь не нужен",
		"the layout brings the page around the text":           "страницу вокруг текста даёт оформление",
		"<{1}> is not allowed":                                 "<{1}> нельзя",
		"allowed are {1}":                                      "можно {1}",
		"attribute {1} of <{2}> is not allowed":                "атрибут {1} у <{2}> нельзя",
		"{1} must be a whole address":                          "{1} должен быть полным адресом",
		"begin it with https:// or mailto:, or write {{.URL}}": "начните с https:// или mailto:, или напишите {{.URL}}",
		"this style is not allowed":                            "такой стиль нельзя",
		"no url(), position or imports in mails":               "в письмах нет url(), position и импортов",
		"the SMS is too long":                                  "SMS слишком длинное",
		"at most {1} characters, values included":              "не больше {1} знаков вместе со значениями",
		// What the parser of Go's templates says most.
		"unclosed action":                       "действие не закрыто: нет }}",
		"unclosed action started at {1}":        "действие не закрыто: нет }}",
		unclosedBlock:                           "текст кончился, а {{if}} или {{range}} не закрыт: нет {{end}}",
		"unexpected {1} in {2}":                 "лишнее {1}: {2}",
		"missing value for {1}":                 "нет значения для {1}",
		"unexpected {1}":                        "лишнее {1}",
		"unterminated quoted string":            "не закрыта кавычка",
		"unterminated raw quoted string":        "не закрыта кавычка",
		"bad character {1}":                     "неподходящий знак {1}",
		"unrecognized character in action: {1}": "неподходящий знак в действии: {1}",
	}, nil)
})

// In is the problem and the remedy in the language; what has no Russian form yet stays English.
func (e *SourceError) In(lang string) (problem, hint string) {
	if lang != Russian {
		return e.Problem, e.Hint
	}
	return inRussian().Russian(e.Problem), inRussian().Russian(e.Hint)
}
