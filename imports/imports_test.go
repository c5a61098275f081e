package imports

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

var known = Known{
	Regions: []crm.Region{{Key: "RU-OMS", Name: crm.Text{EN: "Omsk Oblast", RU: "Омская область"}}},
	Sources: []crm.AcquisitionSource{{Key: "site", Name: crm.Text{EN: "Web site", RU: "Сайт"}}, {Key: "old", Name: crm.Text{RU: "Старый"}, Archived: true}},
	Users: []crm.User{
		{ID: uuid.UUID{1}, Login: "anna", Active: true, Granted: crm.Granted{Rights: []crm.Right{crm.RightWork}}},
		{ID: uuid.UUID{2}, Login: "reader", Active: true},
		{ID: uuid.UUID{3}, Login: "gone"},
	},
	Attributes: []crm.Attribute{
		{Key: "segment", Type: crm.AttributeChoice, Name: crm.Text{RU: "Сегмент"}, Options: []crm.AttributeOption{{ID: "vip", Name: crm.Text{RU: "Важный"}}}},
		{Key: "staff", Type: crm.AttributeNumber, Name: crm.Text{RU: "Сотрудников"}},
		{Key: "vat", Type: crm.AttributeFlag, Name: crm.Text{RU: "НДС"}},
		{Key: "since", Type: crm.AttributeDate, Name: crm.Text{RU: "С какого дня"}},
		{Key: "gone", Type: crm.AttributeText, Archived: true},
	},
}

func TestColumnsAreGuessedByTheirNames(t *testing.T) {
	t.Parallel()
	for of, c := range map[crm.AttributeSubject][2][]string{
		crm.AttributeOfClient: {{"Контрагент", "E-mail", " ИНН ", "сегмент", "Партнёр", "Прочее"}, {"name", "email", "inn", "attribute:segment", "", ""}},
		crm.AttributeOfContact: {
			{"Клиент", "ФИО", "Должность", "День рождения", "Почта", "Почта для рассылки"},
			{"client", "name", "position", "birth_date", "email", "mailing"},
		},
	} {
		if got := Guess(of, c[0], &known); !reflect.DeepEqual(got, c[1]) {
			t.Errorf("%s: %q", of, got)
		}
	}
}

func TestMappingsThatRowsCannotBeReadBy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of      crm.AttributeSubject
		mapping []string
		column  int
		code    string
	}{
		{crm.AttributeOfClient, []string{"name", "", "attribute:segment"}, 0, ""},
		{crm.AttributeOfClient, []string{"phone"}, -1, "name_not_mapped"},
		{crm.AttributeOfClient, []string{"name", "name"}, 1, "repeated_item"},
		{crm.AttributeOfClient, []string{"name", "birth_date"}, 1, "not_an_option"},
		{crm.AttributeOfClient, []string{"name", "attribute:gone"}, 1, "unknown_attribute"},
		{crm.AttributeOfContact, []string{"name"}, -1, "client_not_mapped"},
		{crm.AttributeOfContact, []string{"name", "inn"}, 0, ""},
	} {
		if column, code := CheckMapping(c.of, c.mapping, &known); code != c.code || code != "" && column != c.column {
			t.Errorf("%q: %d %s", c.mapping, column, code)
		}
	}
}

func TestWhatIsWrongWithCells(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		of    crm.AttributeSubject
		to    string
		cell  string
		wrong string
	}{
		{crm.AttributeOfClient, "phone", "8 (495) 123-45-67; +7 916 000-11-22", ""},
		{crm.AttributeOfClient, "phone", "нет", "[{1 expected_phone}]"},
		{crm.AttributeOfClient, "email", "a@b", "[{1 expected_email}]"},
		{crm.AttributeOfClient, "site", "пример", "[{1 expected_site}]"},
		{crm.AttributeOfClient, "inn", "7707083894", "[{1 wrong_inn}]"},
		{crm.AttributeOfClient, "kpp", "773601001", ""},
		{crm.AttributeOfClient, "region", "омская область", ""},
		{crm.AttributeOfClient, "region", "Атлантида", "[{1 not_found}]"},
		{crm.AttributeOfClient, "source", "Сайт", ""},
		{crm.AttributeOfClient, "source", "Старый", "[{1 not_found}]"},
		{crm.AttributeOfClient, "time_zone", "Asia/Omsk", ""},
		{crm.AttributeOfClient, "time_zone", "МСК+3", "[{1 unknown_time_zone}]"},
		{crm.AttributeOfClient, "owner_login", "Anna", ""},
		{crm.AttributeOfClient, "owner_login", "nobody", "[{1 user_not_found}]"},
		{crm.AttributeOfClient, "owner_login", "reader", "[{1 user_reads_only}]"},
		{crm.AttributeOfClient, "owner_login", "gone", "[{1 user_not_active}]"},
		{crm.AttributeOfClient, "kind", "физлицо", ""},
		{crm.AttributeOfClient, "status", "бывший", "[{1 not_an_option}]"},
		{crm.AttributeOfClient, "contact_email", "anna@b.example", "[{-1 name_not_mapped}]"},
		{crm.AttributeOfClient, "attribute:segment", "важный", ""},
		{crm.AttributeOfClient, "attribute:segment", "средний", "[{1 not_an_option}]"},
		{crm.AttributeOfClient, "attribute:staff", "1 200,5", ""},
		{crm.AttributeOfClient, "attribute:staff", "много", "[{1 not_a_number}]"},
		{crm.AttributeOfClient, "attribute:vat", "Да", ""},
		{crm.AttributeOfClient, "attribute:vat", "может быть", "[{1 not_a_flag}]"},
		{crm.AttributeOfClient, "attribute:since", "28.02.2020", ""},
		{crm.AttributeOfClient, "attribute:since", "30.02.2020", "[{1 expected_date}]"},
		{crm.AttributeOfClient, "email", strings.Repeat("a", 300) + "@b.example", "[{1 too_long}]"},
		{crm.AttributeOfClient, "address", strings.Repeat("д", 300), ""},
		{crm.AttributeOfClient, "address", strings.Repeat("д", 301), "[{1 too_long}]"},
		{crm.AttributeOfClient, "legal_name", strings.Repeat("ю", 301), "[{1 too_long}]"},
		{crm.AttributeOfClient, "contact_position", strings.Repeat("д", 201), "[{1 too_long} {-1 name_not_mapped}]"},
		{crm.AttributeOfContact, "position", strings.Repeat("д", 201), "[{1 too_long} {-1 client_missing}]"},
		{crm.AttributeOfContact, "client", "Ромашка", ""},
		{crm.AttributeOfContact, "client", "", "[{-1 client_missing}]"},
		{crm.AttributeOfContact, "birth_date", "03.03.2026", "[{1 in_the_future} {-1 client_missing}]"},
	} {
		_, wrong := Read(c.of, []string{"name", c.to}, []string{"Имя", c.cell}, &known, now)
		if got := fmt.Sprint(wrong); got != c.wrong && (c.wrong != "" || len(wrong) > 0) {
			t.Errorf("%s of %s: %s", c.to, c.cell, got)
		}
	}
}

func TestWhatIsWrongWithAColumnThatIsNotThereIsOfTheRow(t *testing.T) {
	t.Parallel()
	_, wrong := Read(crm.AttributeOfClient, []string{"", "name", "inn"}, []string{"x", "Ромашка", "12"}, &known, time.Now())
	if got := fmt.Sprint(wrong); got != "[{2 wrong_inn}]" {
		t.Errorf("an ИНН of the third column: %s", got)
	}
	r := row{columns: map[string]int{"name": 0}, entity: crm.LegalEntity{Name: "Ромашка", INN: "12"}, record: crm.ImportRecord{Client: &crm.Client{}}}
	r.finishEntity()
	if got := fmt.Sprint(r.wrong); got != "[{-1 wrong_inn}]" {
		t.Errorf("an ИНН of no column: %s", got)
	}
}

func TestARowBecomesAClientWithItsContact(t *testing.T) {
	t.Parallel()
	mapping := []string{"name", "phone", "legal_name", "inn", "attribute:staff", "contact_name", "contact_mobile"}
	record, wrong := Read(crm.AttributeOfClient, mapping, []string{"Ромашка", "84951234567", "", "7707083893", "12", "Анна", "89160001122"}, &known, time.Now())
	c := record.Client
	if wrong != nil || c.Name != "Ромашка" || c.Kind != crm.ClientCompany || c.Details[0].Number != "+74951234567" || c.LegalEntities[0].Name != "Ромашка" ||
		c.Attributes["staff"] != 12.0 || record.Contact.Name != "Анна" || record.Contact.Details[0].Kind != crm.DetailMobile {
		t.Errorf("%+v %+v %v", c, record.Contact, wrong)
	}
}
