package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

// text is what a query answers.
func (of *office) text(sql string, args ...any) string {
	of.t.Helper()
	var text string
	if err := of.Pool().QueryRow(context.Background(), sql, args...).Scan(&text); err != nil {
		of.t.Fatal(err)
	}
	return text
}

// finds are the ids of the clients that a search finds, the best first.
func (of *office) finds(text string, f crm.ClientFilter) []uuid.UUID {
	of.t.Helper()
	f.Limit = max(f.Limit, 20)
	found, err := of.SearchClients(context.Background(), text, f)
	if err != nil {
		of.t.Fatalf("%q: %v", text, err)
	}
	ids := make([]uuid.UUID, len(found))
	for i := range found {
		ids[i] = found[i].ID
	}
	return ids
}

func TestR29_SearchForgives(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ids := map[string]uuid.UUID{}
	for _, name := range []string{
		"ООО «Вектор»", "АО «Полюшко»", "Жемчужина Урала", "Щёлковский завод", "Кузнецов Иван Петрович", "Завод мягкой мебели", "Объединённые системы", "Эталон-Сервис",
		"Ромашка.рф", "1000 мелочей", "Дом 365", "ИП Белый Олег", "Northern Lights Ltd", "Smith and Brothers", "Acme Engineering", "Company with Numbers 42", "Юг", "Ф", "А",
	} {
		ids[name] = of.newClient(name)
	}
	legal := of.newClient("Уютный дом")
	of.exec("insert into legal_entities (id, client_id, name) values ($1, $2, 'Общество «Домострой»')", uuid.New(), legal)
	ids["Уютный дом"] = legal
	of.exec("insert into contacts (id, client_id, name, position) values ($1, $2, 'Гайдамака Вероника', 'Бухгалтер')", uuid.New(), ids["Юг"])
	for text, want := range map[string]string{
		// Two letters changed places, one wrong, missing or too many: at the beginning, in the middle and at the end.
		"веткор": "ООО «Вектор»", "евктор": "ООО «Вектор»", "вектро": "ООО «Вектор»", "бектор": "ООО «Вектор»", "вектоп": "ООО «Вектор»", "ектор": "ООО «Вектор»", "векор": "ООО «Вектор»",
		"векто": "ООО «Вектор»", "ввектор": "ООО «Вектор»", "векттор": "ООО «Вектор»", "векторр": "ООО «Вектор»",
		"ажемчужина": "Жемчужина Урала", "ежмчужина": "Жемчужина Урала", "жимчюжина": "Жемчужина Урала", "щелковскй": "Щёлковский завод", "шелковский": "Щёлковский завод",
		"nrothern": "Northern Lights Ltd", "nothern lihgts": "Northern Lights Ltd", "smiht": "Smith and Brothers", "amce": "Acme Engineering", "enginering": "Acme Engineering",
		// Word forms, with mistakes and without.
		"мягкая мебель": "Завод мягкой мебели", "мебилью": "Завод мягкой мебели", "мягкую мибель": "Завод мягкой мебели", "кузнецову ивану": "Кузнецов Иван Петрович", "кузницову": "Кузнецов Иван Петрович",
		"brother": "Smith and Brothers", "объединенных систем": "Объединённые системы", "бъединенных": "Объединённые системы",
		// ё, letters' case, another alphabet, another keyboard, legal forms, marks, the order of words, a word that is not there.
		"ЩЕЛКОВСКИЙ": "Щёлковский завод", "щёлковский": "Щёлковский завод", "zhemchuzhina": "Жемчужина Урала", "нортерн": "Northern Lights Ltd", "dtrnjh": "ООО «Вектор»",
		"'nfkjy": "Эталон-Сервис", "ыьшер": "Smith and Brothers", "ооо вектор": "ООО «Вектор»", "вектор ооо": "ООО «Вектор»", "этадон сервис": "Эталон-Сервис",
		"иван кузнецов": "Кузнецов Иван Петрович", "вектор хрюндель": "ООО «Вектор»", "ромашка рф": "Ромашка.рф", "numbers 42": "Company with Numbers 42", "белый ип": "ИП Белый Олег", "smith the brothers": "Smith and Brothers",
		// The beginning of the last word; legal names and contacts.
		"иван куз": "Кузнецов Иван Петрович", "acme eng": "Acme Engineering", "домострой": "Уютный дом", "дамострой": "Уютный дом", "гайдамака": "Юг", "гадйамака": "Юг", "вероника бухгалтер": "Юг",
		// Names with numbers, as they begin or not.
		"1000": "1000 мелочей", "100": "1000 мелочей", "365": "Дом 365",
		// Nothing is like these.
		"хрюндель": "", "юк": "", "43": "", "&|!": "", "x' | 'z": "", `\`: "", "the": "",
		// Signs without a sound are like every short name, and say nothing.
		"ъ": "", "ь": "", "ъъъ": "", "ъъъ вектор": "ООО «Вектор»",
	} {
		got := of.finds(text, crm.ClientFilter{})
		if want == "" && len(got) > 0 || want != "" && (len(got) == 0 || got[0] != ids[want]) {
			t.Errorf("%q finds %v, want %q first, %v", text, got, want, ids[want])
		}
	}
}

// TestR29_OneMistakeAnywhereIsForgiven: a letter of a word is left out, wrong or doubled, or changes places with the next, wherever
// that is.
func TestR29_OneMistakeAnywhereIsForgiven(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	names := []string{
		"Ромашка", "Гранит", "Меридиан", "Берёзка", "Журавль", "Электросвязь", "Чайковский Пётр", "Щукина Юлия", "Хабаровскэнерго", "Подъёмник", "Ястреб", "Машиностроитель",
		"Горизонт Плюс", "Windmill", "Sunrise Trading", "Blackwood", "Quicksilver Partners", "Xenon",
	}
	ids := make([]uuid.UUID, len(names))
	for i, name := range names {
		ids[i] = of.newClient(name)
	}
	r := rand.New(rand.NewPCG(7, 11))
	for range 400 {
		n := r.IntN(len(names))
		typed := misspelt(r, names[n])
		if got := of.finds(typed, crm.ClientFilter{}); !slices.Contains(got, ids[n]) {
			t.Errorf("%q does not find %q", typed, names[n])
		}
	}
}

// misspelt makes one mistake in a text.
func misspelt(r *rand.Rand, text string) string {
	letters := []rune(text)
	at := r.IntN(len(letters) - 1)
	for letters[at] == ' ' || letters[at+1] == ' ' {
		at = r.IntN(len(letters) - 1)
	}
	other := []rune("абвгдежзиклмнопрстуфхцчшщыьэюя")[r.IntN(30)]
	if letters[len(letters)-1] < 'я' && letters[0] <= 'z' {
		other = rune('a' + r.IntN(26))
	}
	switch r.IntN(4) {
	case 0:
		return string(slices.Delete(letters, at, at+1))
	case 1:
		letters[at] = other
		return string(letters)
	case 2:
		return string(slices.Insert(letters, at, other))
	default:
		letters[at], letters[at+1] = letters[at+1], letters[at]
		return string(letters)
	}
}

// TestWordsThatVeryManyHave: cards are ranked and narrowed though not all of them are looked at, and the same ones come each time.
func TestWordsThatVeryManyHave(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	of.exec(`insert into clients (id, kind, name, status) select gen_random_uuid(), case when n % 20 = 0 then 'individual' else 'company' end, 'Фирма ' || n || ' Москва', 'active'
		from generate_series(1, 3000) n`)
	all := of.finds("москва", crm.ClientFilter{Limit: 100})
	if len(all) != 100 {
		t.Errorf("%d of 3000 are found", len(all))
	}
	for range 3 {
		if again := of.finds("москва", crm.ClientFilter{Limit: 100}); !slices.Equal(again, all) {
			t.Error("another search finds others")
		}
	}
	if got := of.finds("масква", crm.ClientFilter{Limit: 100}); len(got) != 100 {
		t.Errorf("with a mistake %d are found", len(got))
	}
	if got := of.finds("москва", crm.ClientFilter{Limit: 100, Kind: crm.ClientIndividual}); len(got) < 20 {
		t.Errorf("of 150 individuals %d are found", len(got))
	}
	if got := of.finds("москва", crm.ClientFilter{Limit: 3000, Whole: true, Kind: crm.ClientIndividual}); len(got) != 150 {
		t.Errorf("of 150 individuals %d are found when all are asked for", len(got))
	}
	if got := of.finds("москва 1234", crm.ClientFilter{}); len(got) == 0 || of.text("select name from clients where id = $1", got[0]) != "Фирма 1234 Москва" {
		t.Errorf("two words find %v", got)
	}
}

// TestR29_WhoSeesLittleFindsAllOfIt, among very many that he does not see and that are like it.
func TestR29_WhoSeesLittleFindsAllOfIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	stranger := of.user("stranger", uuid.Nil, crm.RoleManager)
	of.exec("alter table clients disable trigger user; alter table contact_details disable trigger user")
	of.exec(`with made as (insert into clients (id, kind, name, status, owner_id)
			select gen_random_uuid(), 'company', 'Фирма ' || n || ' Москва', 'active', '` + of.director.ID.String() + `' from generate_series(1, 30000) n returning id, owner_id),
		seen as (insert into client_viewers select id, owner_id from made)
		insert into contact_details (id, client_id, position, kind, value)
			select gen_random_uuid(), id, 0, case when n % 2 = 0 then 'phone' else 'email' end, case when n % 2 = 0 then '+7495' || lpad(n::text, 7, '0') else 'info@firm' || n || '.example' end
			from (select id, row_number() over () as n from made) m`)
	of.exec("alter table clients enable trigger user; alter table contact_details enable trigger user")
	of.exec("select learn_all_words()")
	of.exec("analyze")
	ctx := of.seeing(stranger, crm.SeesOwn)
	var mine []uuid.UUID
	for _, name := range []string{"Яхта Москва", "Ялик Москва", "Ясень Москва"} {
		c, err := of.CreateClient(t.Context(), crm.Client{Kind: crm.ClientCompany, Name: name, Lang: crm.RU, TimeZone: "Europe/Moscow", OwnerID: stranger.ID, Details: []crm.ContactDetail{
			{Kind: crm.DetailPhone, Value: "+7 495 999-00-0" + strconv.Itoa(len(mine))}, {Kind: crm.DetailEmail, Value: "info@zz" + strconv.Itoa(len(mine)) + ".example"},
		}})
		require.NoError(t, err)
		mine = append(mine, c.ID)
	}
	contact, err := of.CreateContact(t.Context(), crm.Contact{ClientID: mine[0], Name: "Москвин Яков"})
	require.NoError(t, err)
	deal := of.create(crm.NewCase{Kind: crm.Deal, ClientID: mine[0], Topic: "Москва", Source: "site", ResponsibleID: stranger.ID, By: stranger.ID})

	for _, text := range []string{"москва", "Москва", "масква", "моск", "я", "+7 495", "7495", "info@", "info"} {
		found, err := of.SearchClients(ctx, text, crm.ClientFilter{Limit: 10})
		require.NoError(t, err)
		ids := make([]uuid.UUID, len(found))
		for i := range found {
			ids[i] = found[i].ID
		}
		require.ElementsMatch(t, mine, ids, text)
	}
	all, err := of.Search(ctx, "москва", 10)
	require.NoError(t, err)
	found := map[uuid.UUID]bool{}
	for i := range all {
		found[all[i].ID] = true
	}
	require.True(t, found[mine[0]] && found[mine[1]] && found[mine[2]] && found[deal.ID], "%+v", all)
	people, err := of.Search(ctx, "Яков", 10)
	require.NoError(t, err)
	require.Len(t, people, 1)
	require.Equal(t, contact.ID, people[0].ID)
	none, err := of.Search(ctx, "Фирма", 10)
	require.NoError(t, err)
	require.Empty(t, none, "what he does not see is not found")

	of.exec("insert into contacts (id, client_id, name) select gen_random_uuid(), $1, 'Друг Фирма ' || n from generate_series(1, 150) n", mine[1])
	people, err = of.Search(ctx, "фирма", 200)
	require.NoError(t, err)
	require.Len(t, people, 150, "of one client of his own")
}

// TestR15_R29_WhatIsNotSeenDoesNotDecideWhatIsFound: a part of an address or of a number finds what it has found, whatever there comes to be
// that begins with it and is not seen.
func TestR15_R29_WhatIsNotSeenDoesNotDecideWhatIsFound(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := of.seeing(of.manager, crm.SeesOwn)
	card := func(name string, owner uuid.UUID, details ...crm.ContactDetail) uuid.UUID {
		c, err := of.CreateClient(t.Context(), crm.Client{Kind: crm.ClientCompany, Name: name, Lang: crm.RU, TimeZone: "Europe/Moscow", OwnerID: owner, Details: details})
		require.NoError(t, err)
		return c.ID
	}
	reached := []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "box@first.yabloko.example"}, {Kind: crm.DetailPhone, Value: "+7 495 123-45-67"}}
	finds := func(text string, want ...uuid.UUID) {
		t.Helper()
		found, err := of.SearchClients(ctx, text, crm.ClientFilter{Limit: 10})
		require.NoError(t, err)
		ids := []uuid.UUID{}
		for i := range found {
			ids = append(ids, found[i].ID)
		}
		require.ElementsMatch(t, want, ids, text)
	}
	nobodys := card("ООО Груша", uuid.Nil, reached...)
	finds("yabloko", nobodys)
	finds("9512345", nobodys)
	card("Yabloko", of.director.ID)
	card("9512345", of.director.ID)
	finds("yabloko", nobodys)
	finds("9512345", nobodys)
	own := card("ООО Слива", of.manager.ID, reached...)
	finds("yabloko", own)
	finds("9512345", own)
}

// TestTheDictionaryHoldsTheWordsOfCards: those that are written, and none that the last card has lost.
func TestTheDictionaryHoldsTheWordsOfCards(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	words := func() string {
		return of.text("select coalesce(string_agg(word, ' ' order by word), '') from search_words where word = any('{гайдамака,вероника,вероники,бухгалтер,домострой,юрист}')")
	}
	first, contact := of.newClient("Гайдамака Вероника"), uuid.New()
	of.exec("insert into contacts (id, client_id, name, position) values ($1, $2, 'Гайдамака Пётр', 'Бухгалтер')", contact, first)
	of.exec("insert into legal_entities (id, client_id, name) values ($1, $2, 'Домострой')", uuid.New(), first)
	for _, step := range []struct{ sql, want string }{
		{"select 1", "бухгалтер вероника гайдамака домострой"},
		{"update contacts set position = 'Юрист'", "вероника гайдамака домострой юрист"},
		{"update clients set name = 'Салон Вероники' where name like 'Гайд%'", "вероники гайдамака домострой юрист"}, // the contact's name stays
		{"update contacts set name = 'Пётр'", "вероники домострой юрист"},
		{"delete from legal_entities", "вероники юрист"},
		{"delete from contacts", "вероники"},
		{"update clients set version = version + 1, name = name", "вероники"},
	} {
		of.exec(step.sql)
		if got := words(); got != step.want {
			t.Errorf("after %s: %q, want %q", step.sql, got, step.want)
		}
	}
	// Somebody writes a word down while the last one who has it loses it: it is waited for, and stays.
	writer, err := of.Pool().Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Rollback(ctx) }()
	if _, err := writer.Exec(ctx, "insert into contacts (id, client_id, name) values ($1, $2, 'Вероники')", contact, first); err != nil {
		t.Fatal(err)
	}
	lost := make(chan error, 1)
	go func() {
		_, err := of.Pool().Exec(ctx, "update clients set name = 'Салон' where name like 'Салон%'")
		lost <- err
	}()
	of.waiting(1)
	if err := writer.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-lost; err != nil {
		t.Fatal(err)
	}
	if got := words(); got != "вероники" {
		t.Errorf("the words are %q", got)
	}
}

// TestWordsOfCardsWrittenAtOnce: cards with the same new words are written side by side, in whatever order they name them.
func TestWordsOfCardsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{MaxConns: 8})
	done := make(chan error)
	for i := range 8 {
		go func() {
			name := "Альбатрос Буревестник Чайка"
			if i%2 == 0 {
				name = "Чайка Буревестник Альбатрос"
			}
			_, err := of.CreateClient(context.Background(), crm.Client{Kind: crm.ClientCompany, Name: fmt.Sprint(name, " ", i), Lang: crm.RU, TimeZone: "UTC"})
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := of.finds("ачйка альбатрос", crm.ClientFilter{}); len(got) != 8 {
		t.Errorf("%d are found", len(got))
	}
}
