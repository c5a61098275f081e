package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"marshrut/crm"
	"marshrut/sheets"
)

type sheetOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// asSheet answers with a report as a spreadsheet.
func asSheet[I, V any](
	file string, report func(context.Context, *I) (*reportOutput[V], error), table func(*V, crm.Lang) sheets.Table,
) func(context.Context, *I) (*sheetOutput, error) {
	return func(ctx context.Context, in *I) (*sheetOutput, error) {
		out, err := report(ctx, in)
		if err != nil {
			return nil, err
		}
		sheet := table(&out.Body, langOf(ctx))
		sheet.Zone = zoneOf(userOf(ctx).TimeZone)
		content, err := sheet.XLSX()
		if err != nil {
			return nil, fmt.Errorf("make a spreadsheet of a report: %w", err)
		}
		return &sheetOutput{ContentType: sheets.MediaType, Disposition: `attachment; filename="` + file + `.xlsx"`, Body: content}, nil
	}
}

// sheet makes the table of a report; the headings are in both languages.
func sheet[V any](lang crm.Lang, name crm.Text, columns []crm.Text, items []V, row func(*V) []any) sheets.Table {
	t := sheets.Table{Name: name.In(lang)}
	for _, column := range columns {
		t.Columns = append(t.Columns, column.In(lang))
	}
	for i := range items {
		t.Rows = append(t.Rows, row(&items[i]))
	}
	return t
}

// hours is a number of seconds as people read it in a column.
func hours(s int64) float64 { return float64(s) / time.Hour.Seconds() }

// sums are amounts of money in one cell.
func sums(amounts []amountView) string {
	var parts []string
	for _, a := range amounts {
		parts = append(parts, a.Amount+" "+a.Currency)
	}
	return strings.Join(parts, "; ")
}

func funnelSheet(b *funnelBody, lang crm.Lang) sheets.Table {
	t := sheet(lang, crm.Text{EN: "Sales funnel", RU: "Воронка продаж"}, []crm.Text{
		{EN: "Group", RU: "Разрез"},
		{EN: "Stage", RU: "Этап"},
		{EN: "Entered", RU: "Пришло"},
		{EN: "Passed", RU: "Прошло дальше"},
		{EN: "Here", RU: "На этапе"},
		{EN: "Left", RU: "Ушло"},
		{EN: "Returned", RU: "Вернулось"},
		{EN: "Lost", RU: "Проиграно"},
		{EN: "Cancelled", RU: "Отменено"},
		{EN: "Conversion", RU: "Конверсия"},
		{EN: "Median time, h", RU: "Медиана времени, ч"},
		{EN: "90th percentile, h", RU: "90-й перцентиль, ч"},
	}, funnelRows(b), func(v *funnelRow) []any {
		return []any{v.group, v.Name, v.Entered, v.Passed, v.Here, v.Left, v.Returned, v.Lost, v.Cancelled, v.Conversion, hours(v.MedianSeconds), hours(v.P90Seconds)}
	})
	if b.By == "" {
		t.Columns = t.Columns[1:]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][1:]
		}
	}
	return t
}

// funnelRow is a stage of a group.
type funnelRow struct {
	group string
	FunnelStageView
}

func funnelRows(b *funnelBody) []funnelRow {
	var rows []funnelRow
	for _, stage := range b.Stages {
		rows = append(rows, funnelRow{FunnelStageView: stage})
	}
	for i := range b.Groups {
		for _, stage := range b.Groups[i].Stages {
			rows = append(rows, funnelRow{group: b.Groups[i].Name, FunnelStageView: stage})
		}
	}
	return rows
}

func outcomesSheet(b *reportBody[outcomeCountView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Outcomes", RU: "Итоги этапов"}, []crm.Text{
		{EN: "Stage", RU: "Этап"},
		{EN: "Outcome", RU: "Итог"},
		{EN: "Leads", RU: "Переход"},
		{EN: "Times", RU: "Сколько раз"},
		{EN: "Cases", RU: "Карточки"},
		{EN: "Share", RU: "Доля"},
	}, b.Items, func(v *outcomeCountView) []any {
		return []any{v.StageName, v.Name, outcomeKindTexts[v.Kind].In(lang), v.Times, v.Cases, v.Share}
	})
}

// What the kinds of outcome are called in a spreadsheet.
var outcomeKindTexts = map[string]crm.Text{
	"on": {EN: "To another stage", RU: "На другой этап"}, "cyclic": {EN: "To the same stage", RU: "На тот же этап"},
	"positive": {EN: "Positive end", RU: "Положительное завершение"}, "negative": {EN: "Negative end", RU: "Отрицательное завершение"},
}

func potentialSheet(b *reportBody[potentialView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Potential", RU: "Потенциал"}, []crm.Text{
		{EN: "Group", RU: "Разрез"},
		{EN: "Cases", RU: "Карточки"},
		{EN: "Without an amount", RU: "Без суммы"},
		{EN: "Potential amount", RU: "Потенциал"},
		{EN: "By probability", RU: "С учётом вероятности"},
	}, b.Items, func(v *potentialView) []any {
		var potential, weighted []amountView
		for _, sum := range v.Sums {
			potential = append(potential, amountView{Currency: sum.Currency, Amount: sum.Potential})
			weighted = append(weighted, amountView{Currency: sum.Currency, Amount: sum.Weighted})
		}
		return []any{v.Name, v.Cases, v.Unknown, sums(potential), sums(weighted)}
	})
}

func controlSheet(b *reportBody[controlView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Manager control", RU: "Контроль руководителя"}, []crm.Text{
		{EN: "Responsible", RU: "Ответственный"},
		{EN: "Open cases", RU: "Открытые карточки"},
		{EN: "Overdue", RU: "Просрочено"},
		{EN: "Nothing planned", RU: "Без запланированного контакта"},
		{EN: "Oldest touch", RU: "Самое давнее касание"},
		{EN: "Last touch", RU: "Последнее касание"},
		{EN: "Open tasks", RU: "Открытые задачи"},
		{EN: "Overdue tasks", RU: "Просроченные задачи"},
	}, b.Items, func(v *controlView) []any {
		return []any{v.Responsible, v.Open, v.Overdue, v.Unplanned, touched(v.OldestTouch), touched(v.LastTouch), v.Tasks, v.OverdueTasks}
	})
}

// touched is a time in a column; empty: there is none.
func touched(at *time.Time) any {
	if at == nil {
		return nil
	}
	return *at
}

func lossesSheet(b *reportBody[lossView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Losses", RU: "Проигрыши"}, []crm.Text{
		{EN: "Reason", RU: "Причина"},
		{EN: "Competitor", RU: "Конкурент"},
		{EN: "Cases", RU: "Карточки"},
		{EN: "Requests lost at acceptance", RU: "Обращения, потерянные при приёме"},
		{EN: "Potential amount", RU: "Потенциал"},
	}, b.Items, func(v *lossView) []any { return []any{v.Name, v.Competitor, v.Cases, v.Requests, sums(v.Potential)} })
}

func claimsSheet(b *reportBody[claimsView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Claims", RU: "Претензии"}, []crm.Text{
		{EN: "Reason", RU: "Причина"},
		{EN: "Department at fault", RU: "Виновное подразделение"},
		{EN: "Employee at fault", RU: "Виновный сотрудник"},
		{EN: "Under review", RU: "На рассмотрении"},
		{EN: "Satisfied", RU: "Удовлетворены"},
		{EN: "Not satisfied", RU: "Не удовлетворены"},
		{EN: "Cancelled", RU: "Отменены"},
	}, b.Items, func(v *claimsView) []any {
		return []any{v.Name, v.Department, v.User, v.UnderReview, v.Satisfied, v.NotSatisfied, v.Cancelled}
	})
}

func channelsSheet(b *reportBody[channelView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Channels and sources", RU: "Каналы и источники"}, []crm.Text{
		{EN: "Channel", RU: "Канал"},
		{EN: "Source", RU: "Источник"},
		{EN: "Cases", RU: "Карточки"},
		{EN: "Clients", RU: "Клиенты"},
		{EN: "Deals", RU: "Сделки"},
		{EN: "Won", RU: "Выиграно"},
		{EN: "Amount", RU: "Сумма"},
	}, b.Items, func(v *channelView) []any {
		return []any{v.ChannelName, v.SourceName, v.Cases, v.Clients, v.Deals, v.Won, sums(v.Amounts)}
	})
}

func demandSheet(b *reportBody[demandView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Demand", RU: "Первичный спрос"}, []crm.Text{
		{EN: "Asked for", RU: "Что запрашивали"},
		{EN: "Cases", RU: "Карточки"},
		{EN: "Won", RU: "Выиграно"},
		{EN: "Quantity", RU: "Количество"},
		{EN: "Amount", RU: "Сумма"},
	}, b.Items, func(v *demandView) []any { return []any{v.Name, v.Cases, v.Won, v.Quantity, sums(v.Amounts)} })
}

func standardsSheet(b *reportBody[standardView], lang crm.Lang) sheets.Table {
	return sheet(lang, crm.Text{EN: "Appeals against standards", RU: "Обращения и регламенты"}, []crm.Text{
		{EN: "Stage", RU: "Этап"},
		{EN: "Purpose", RU: "Назначение"},
		{EN: "Tasks", RU: "Задачи"},
		{EN: "With a time limit", RU: "Со сроком"},
		{EN: "In time", RU: "В срок"},
		{EN: "Late", RU: "С опозданием"},
		{EN: "Overdue", RU: "Просрочены"},
		{EN: "Median time, h", RU: "Медиана времени, ч"},
		{EN: "90th percentile, h", RU: "90-й перцентиль, ч"},
	}, b.Items, func(v *standardView) []any {
		return []any{v.Name, v.PurposeName, v.Tasks, v.Limited, v.InTime, v.Late, v.Overdue, hours(v.MedianSeconds), hours(v.P90Seconds)}
	})
}
