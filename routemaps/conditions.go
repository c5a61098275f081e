package routemaps

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// What an expression may cost. A person writes a few dozen nodes; the budgets only keep a mistake or a prank from
// holding up a case.
const (
	maxConditionSource = 2_000  // characters
	maxConditionNodes  = 300    // as written
	maxConditionVisits = 600    // with the parts that the parser shares between nodes counted each time they are reached
	conditionMemory    = 10_000 // expr's own unit: about one element of a list
	maxConditionText   = 20_000 // characters of a computed text
)

// The names that every condition knows besides the fields. Values of these keys are passed with the fields' values.
const (
	// ConditionOutcome is the id of the outcome chosen, in rules of on_completion; elsewhere it is empty.
	ConditionOutcome = "outcome"
	// ConditionNow is the time of the event (time.Time).
	ConditionNow = "now"

	conditionHas = "has"
)

// Condition is a compiled expression (https://expr-lang.org) over the declared fields; see docs/route-maps.md. It is
// immutable and safe for concurrent use.
type Condition struct {
	Source string
	Pos    Pos

	want    FieldType
	program *vm.Program
	reads   map[string]FieldType // what it reads, outcome and now included
	asks    []string             // fields it only asks for with has
}

// CompileCondition compiles an expression over fields whose value is to be of type want: FieldFlag for a condition.
// pos is where src begins in the map's file. It refuses what is unknown, of the wrong type, unbounded or impure; the
// error is an *Error without its File.
func CompileCondition(src string, fields []Field, want FieldType, pos Pos) (*Condition, error) {
	c, err := newConditionScope(fields).compile(src, Field{Type: want}, pos)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Reads lists the fields whose values the condition depends on, sorted.
func (c *Condition) Reads() []string {
	ids := slices.Clone(c.asks)
	for id := range c.reads {
		if id != ConditionOutcome && id != ConditionNow {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Bool evaluates a condition. Values are those of Facts.Values, and those of "outcome" (string) and "now" (time.Time);
// a missing one counts as its type's zero value. The error carries no value.
func (c *Condition) Bool(values map[string]any) (bool, error) {
	v, err := c.Value(values)
	if err != nil {
		return false, err
	}
	holds, ok := v.(bool)
	if !ok {
		return false, c.failed("its value is not true or false")
	}
	return holds, nil
}

// Value evaluates an expression: a float64 for number and money, a time.Time in UTC for date and datetime, a bool for
// flag, a string for the others. Values are as for Bool. The error carries no value.
func (c *Condition) Value(values map[string]any) (any, error) {
	env := make(map[string]any, len(c.reads)+1)
	for id, typ := range c.reads {
		v, err := conditionValue(typ, values[id])
		if err != nil {
			return nil, c.failed("the value of " + id + " " + err.Error())
		}
		env[id] = v
	}
	env[conditionHas] = func(field string) bool { return given(values[field]) }

	machine := vm.VM{MemoryBudget: conditionMemory}
	result, err := machine.Run(c.program, env)
	if err != nil {
		return nil, c.failed(runFailure(err))
	}
	return c.result(result)
}

// failed makes an error of what went wrong while evaluating.
func (c *Condition) failed(problem string) error {
	return fmt.Errorf("evaluate %q (line %d): %s", c.Source, c.Pos.Line, problem)
}

// runFailure is what expr says went wrong, without its drawing of the source.
func runFailure(err error) string {
	if located, ok := errors.AsType[*file.Error](err); ok {
		return located.Message
	}
	return "it failed"
}

// result brings an expression's value to the form that its type has in Facts.Values.
func (c *Condition) result(v any) (any, error) {
	switch v := v.(type) {
	case int:
		return float64(v), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, c.failed("the result is not a finite number")
		}
		return v, nil
	case time.Time:
		v = v.UTC().Truncate(time.Microsecond)
		if c.want == FieldDate {
			v = time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, time.UTC)
		}
		if v.Year() < 1 || v.Year() > 9999 {
			return nil, c.failed("the result is outside the years 1 to 9999")
		}
		return v, nil
	case string:
		if utf8.RuneCountInString(v) > maxConditionText {
			return nil, c.failed("the resulting text is too long")
		}
		return v, nil
	case bool:
		return v, nil
	}
	return nil, c.failed("the result has no known type")
}

// errConditionValue says that a field's value is not of the field's type.
var errConditionValue = errors.New("is not of the field's type")

// conditionValue is a value as conditions see it, or the zero value of its type where it is missing.
func conditionValue(typ FieldType, v any) (any, error) {
	zero := conditionZero(typ)
	if v == nil || v == "" {
		return zero, nil
	}
	switch zero.(type) {
	case float64:
		return numberValue(v)
	case time.Time:
		return timeValue(v)
	case bool:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	case string:
		if s, ok := v.(string); ok {
			return s, nil
		}
	}
	return nil, errConditionValue
}

func numberValue(v any) (any, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int:
		return float64(v), nil
	case int64:
		return float64(v), nil
	case string: // the JSON form of an exact decimal
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f, nil
		}
	}
	return nil, errConditionValue
}

func timeValue(v any) (any, error) {
	switch v := v.(type) {
	case time.Time:
		return v.UTC(), nil
	case string: // the JSON form
		if t, ok := parseDay(v); ok {
			return t, nil
		}
	}
	return nil, errConditionValue
}

// parseDay reads a date, or a time with its zone, as it stands in JSON.
func parseDay(text string) (time.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// given tells whether a field has a value: what has("field") answers.
func given(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case time.Time:
		return !v.IsZero()
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

// conditionZero is the zero value of a type as conditions see it; nil: conditions cannot read it, only ask has.
func conditionZero(t FieldType) any {
	switch t {
	case FieldNumber, FieldMoney, FieldPercent:
		return float64(0)
	case FieldDate, FieldDateTime:
		return time.Time{}
	case FieldFlag:
		return false
	case FieldText, FieldLongText, FieldChoice, FieldUser, FieldDepartment, FieldClient, FieldContact, FieldCompetitor, FieldFile,
		FieldLossReason, FieldClaimReason, FieldChannel, FieldPurpose, FieldCurrency:
		return ""
	case FieldInteraction, FieldPlannedInteraction, FieldLines:
		return nil
	}
	return nil
}

// conditionScope is what the expressions of one map may name.
type conditionScope struct {
	fields    map[string]Field
	names     []string // for suggestions
	env       map[string]any
	functions conf.FunctionsTable
	disabled  map[string]bool
}

func newConditionScope(fields []Field) *conditionScope {
	s := &conditionScope{
		fields:    map[string]Field{ConditionOutcome: {ID: ConditionOutcome, Type: FieldText}, ConditionNow: {ID: ConditionNow, Type: FieldDateTime}},
		env:       map[string]any{conditionHas: func(string) bool { return false }},
		functions: conditionFunctions(),
		disabled:  map[string]bool{},
	}
	for _, f := range fields {
		s.fields[f.ID] = f
	}
	for id, f := range s.fields {
		if zero := conditionZero(f.Type); zero != nil {
			s.env[id] = zero
		}
	}
	for _, b := range builtin.Builtins {
		s.disabled[b.Name] = true
	}
	s.names = slices.Concat(slices.Collect(maps.Keys(s.fields)), slices.Collect(maps.Keys(s.functions)), []string{conditionHas})
	slices.Sort(s.names)
	return s
}

// config is expr's configuration for one compilation; it is not safe to share between two at once.
func (s *conditionScope) config() *conf.Config {
	c := &conf.Config{
		Optimize: true, ShortCircuit: true, MaxNodes: maxConditionNodes,
		ConstFns: map[string]reflect.Value{}, Functions: s.functions, Builtins: conf.FunctionsTable{}, Disabled: s.disabled,
	}
	c.WithEnv(s.env)
	return c
}

// compile compiles src, whose value is to be of target's type and, where target is a choice, one of its options.
func (s *conditionScope) compile(src string, target Field, pos Pos) (*Condition, *Error) {
	at := conditionPlace{src: src, pos: pos}
	if problem := checkConditionSource(src); problem != "" {
		return nil, at.error(0, "condition_source", problem, "")
	}
	config := s.config()
	tree, err := parser.ParseWithConfig(src, config)
	if err != nil {
		return nil, at.syntax(err)
	}
	reading := conditionReading{scope: s, at: at, fields: map[string]FieldType{}}
	if err := reading.node(tree.Node); err != nil {
		return nil, err
	}
	if err := reading.checkTarget(tree.Node, target); err != nil {
		return nil, err
	}
	typ, err := checker.Check(tree, config)
	if err != nil {
		return nil, at.types(err, reading.fields)
	}
	if err := checkConditionType(typ, target.Type); err != "" {
		return nil, at.error(0, "condition_type", err, reading.typeHint())
	}
	if err := optimizer.Optimize(&tree.Node, config); err != nil {
		return nil, at.types(err, reading.fields)
	}
	program, err := compiler.Compile(tree, config)
	if err != nil {
		return nil, at.types(err, reading.fields)
	}
	return &Condition{Source: src, Pos: pos, want: target.Type, program: program, reads: reading.fields, asks: reading.asks}, nil
}

func checkConditionSource(src string) string {
	switch {
	case strings.TrimSpace(src) == "":
		return "the expression is empty"
	case !utf8.ValidString(src):
		return "the expression is not valid UTF-8"
	case utf8.RuneCountInString(src) > maxConditionSource:
		return fmt.Sprintf("the expression is longer than %d characters", maxConditionSource)
	}
	return ""
}

// checkConditionType says what is wrong with an expression of Go type got where a value of want is needed.
func checkConditionType(got reflect.Type, want FieldType) string {
	zero := conditionZero(want)
	if zero == nil {
		return "a field of type " + string(want) + " cannot be computed"
	}
	need := reflect.TypeOf(zero)
	if got == need || need.Kind() == reflect.Float64 && got.Kind() == reflect.Int {
		return ""
	}
	return "the expression gives " + typeWord(got) + " where " + typeWord(need) + " is needed"
}

// typeWord names a Go type of expressions in a designer's words.
func typeWord(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "a time"
	case t == reflect.TypeFor[time.Duration]():
		return "a length of time"
	}
	switch t.Kind() {
	case reflect.Float64, reflect.Int:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	default: // both sides of ? : are of their own type
		return "values of different types"
	}
}

// conditionPlace turns places in an expression into places in the map's file.
type conditionPlace struct {
	src string
	pos Pos
}

// conditionReading walks an expression as written: it refuses what is not allowed and notes the fields it reads.
type conditionReading struct {
	scope  *conditionScope
	at     conditionPlace
	fields map[string]FieldType
	asks   []string
	visits int
}

// node walks n before anything else does: the parser shares nodes (in "a < b < c" and in "a ?: b"), and walking
// a nest of those costs time that doubles with each level.
func (r *conditionReading) node(n ast.Node) *Error {
	r.visits++
	if r.visits > maxConditionVisits {
		return r.at.error(0, "condition_source", "the expression is too complex", "split it, or set a field first and test that")
	}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return r.identifier(n)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
		return nil
	case *ast.UnaryNode:
		return r.node(n.Node)
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.ConditionalNode:
		return r.nodes(n.Cond, n.Exp1, n.Exp2)
	case *ast.CallNode:
		return r.call(n)
	case *ast.NilNode:
		return r.refuse(n, "nil is never a field's value", `ask has("field")`)
	case *ast.BuiltinNode:
		return r.refuse(n, "the function "+n.Name+" is not available", "functions: "+strings.Join(r.scope.functionNames(), ", "))
	case *ast.MemberNode, *ast.ChainNode, *ast.SliceNode:
		return r.refuse(n, "fields have no parts and no methods", "write the field's id alone")
	case *ast.ArrayNode:
		return r.refuse(n, "a list may only stand after in", `as in: purpose in ["service", "repair"]`)
	}
	return r.refuse(n, "this kind of expression is not available", "use comparisons, and, or, not, in, arithmetic and ? :")
}

func (r *conditionReading) nodes(all ...ast.Node) *Error {
	for _, n := range all {
		if err := r.node(n); err != nil {
			return err
		}
	}
	return nil
}

func (r *conditionReading) refuse(n ast.Node, message, hint string) *Error {
	return r.at.error(n.Location().From, "condition_forbidden", message, hint)
}

func (r *conditionReading) identifier(n *ast.IdentifierNode) *Error {
	f, ok := r.scope.fields[n.Value]
	if !ok && n.Value == ConditionOutcome {
		return r.refuse(n, "outcome is known only to rules of on_completion", "leave it out")
	}
	if !ok {
		return r.at.error(n.Location().From, "condition_name", "the field "+quote(n.Value)+" is unknown", r.scope.nameHint(n.Value))
	}
	if conditionZero(f.Type) == nil {
		return r.at.error(n.Location().From, "condition_type", "a field of type "+string(f.Type)+" cannot be compared",
			"ask has("+strconv.Quote(f.ID)+")")
	}
	r.fields[n.Value] = f.Type
	return nil
}

func (s *conditionScope) nameHint(name string) string {
	if near := nearest(name, s.names); near != "" {
		return "did you mean " + near + "?"
	}
	return "declare it under fields; a text itself stands in quotes: " + strconv.Quote(cut(name))
}

func (s *conditionScope) functionNames() []string {
	names := append(slices.Collect(maps.Keys(s.functions)), conditionHas)
	slices.Sort(names)
	return names
}

func (r *conditionReading) call(n *ast.CallNode) *Error {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return r.refuse(n, "fields have no methods", "functions: "+strings.Join(r.scope.functionNames(), ", "))
	}
	if callee.Value == conditionHas {
		return r.has(n)
	}
	if _, ok := r.scope.functions[callee.Value]; !ok {
		if _, isField := r.scope.fields[callee.Value]; isField {
			return r.refuse(n, quote(callee.Value)+" is a value, not a function", "write it without parentheses")
		}
		return r.at.error(n.Location().From, "condition_name", "the function "+quote(callee.Value)+" is unknown",
			suggest(callee.Value, r.scope.functionNames()))
	}
	if callee.Value == "day" {
		return r.day(n)
	}
	return r.nodes(n.Arguments...)
}

// has checks has("field"): one literal, so that the field is known before any case runs.
func (r *conditionReading) has(n *ast.CallNode) *Error {
	id, ok := literalArgument(n)
	if !ok {
		return r.refuse(n, "has takes a field's id in quotes", `as in: has("amount")`)
	}
	if _, ok := r.scope.fields[id]; !ok {
		return r.at.error(n.Arguments[0].Location().From, "condition_name", "the field "+quote(id)+" is unknown",
			suggest(id, slices.Sorted(maps.Keys(r.scope.fields))))
	}
	r.asks = append(r.asks, id)
	return nil
}

// day checks day("2026-12-31"): one literal, so that it cannot fail in a running case.
func (r *conditionReading) day(n *ast.CallNode) *Error {
	text, ok := literalArgument(n)
	if ok {
		_, ok = parseDay(text)
	}
	if !ok {
		return r.refuse(n, "day takes a date in quotes", `as in: day("2026-12-31")`)
	}
	return nil
}

func literalArgument(n *ast.CallNode) (string, bool) {
	if len(n.Arguments) != 1 {
		return "", false
	}
	s, ok := n.Arguments[0].(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

func (r *conditionReading) binary(n *ast.BinaryNode) *Error {
	switch n.Operator {
	case "matches", "..", "??":
		return r.refuse(n, "the operator "+n.Operator+" is not available", "texts are tested with ==, in, contains, startsWith and endsWith")
	case "in":
		return r.in(n)
	case "==", "!=":
		if err := r.option(n.Left, n.Right); err != nil {
			return err
		}
		if err := r.option(n.Right, n.Left); err != nil {
			return err
		}
	}
	return r.nodes(n.Left, n.Right)
}

func (r *conditionReading) in(n *ast.BinaryNode) *Error {
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok || len(list.Nodes) == 0 {
		return r.refuse(n, "in needs a list of values", `as in: purpose in ["service", "repair"]`)
	}
	for _, item := range list.Nodes {
		if err := r.option(n.Left, item); err != nil {
			return err
		}
		if reflect.TypeOf(item) != reflect.TypeOf(list.Nodes[0]) {
			return r.refuse(item, "the values of a list must be of one type", "")
		}
	}
	return r.nodes(append([]ast.Node{n.Left}, list.Nodes...)...)
}

// option refuses to compare a choice with a text that is none of its options: it would silently never hold.
func (r *conditionReading) option(left, right ast.Node) *Error {
	field, ok := left.(*ast.IdentifierNode)
	if !ok {
		return nil
	}
	f, known := r.scope.fields[field.Value]
	value, literal := right.(*ast.StringNode)
	if !known || !literal || f.Type != FieldChoice || value.Value == "" {
		return nil
	}
	return r.at.checkOption(value, f)
}

func (a conditionPlace) checkOption(value *ast.StringNode, f Field) *Error {
	ids := make([]string, len(f.Options))
	for i, o := range f.Options {
		ids[i] = o.ID
	}
	if slices.Contains(ids, value.Value) {
		return nil
	}
	name := "the field"
	if f.ID != "" {
		name = f.ID
	}
	return a.error(value.Location().From, "condition_option", quote(value.Value)+" is not an option of "+name, suggest(value.Value, ids))
}

// checkTarget checks the texts that an expression can give against the options of the choice it is to set.
func (r *conditionReading) checkTarget(n ast.Node, target Field) *Error {
	if target.Type != FieldChoice || target.Options == nil {
		return nil
	}
	switch n := n.(type) {
	case *ast.ConditionalNode:
		if err := r.checkTarget(n.Exp1, target); err != nil {
			return err
		}
		return r.checkTarget(n.Exp2, target)
	case *ast.StringNode:
		if n.Value != "" {
			return r.at.checkOption(n, target)
		}
	}
	return nil
}

func (r *conditionReading) typeHint() string { return fieldTypesHint(r.fields) }

// fieldTypesHint tells the types of the fields an expression reads.
func fieldTypesHint(fields map[string]FieldType) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, id+" is "+string(fields[id]))
	}
	return strings.Join(parts, ", ")
}

// error makes an Error at the character of the expression counted from 0.
func (a conditionPlace) error(offset int, code, message, hint string) *Error {
	pos := a.pos
	runes := []rune(a.src)
	for i := 0; i < offset && i < len(runes); i++ {
		pos.Column++
		if runes[i] == '\n' {
			pos = Pos{Line: pos.Line + 1, Column: 1}
		}
	}
	return &Error{Line: pos.Line, Column: pos.Column, Code: code, Message: message, Hint: hint}
}

// syntax makes an Error of what the parser said.
func (a conditionPlace) syntax(err error) *Error {
	offset, message := located(err)
	return a.error(offset, "condition_syntax", "the expression cannot be read: "+message, a.syntaxHint())
}

// types makes an Error of what the type checker said.
func (a conditionPlace) types(err error, fields map[string]FieldType) *Error {
	offset, message := located(err)
	for _, r := range [][2]string{{"float64", "number"}, {"int", "number"}, {"string", "text"}, {"bool", "flag"}, {"time.Time", "time"}, {"time.Duration", "length of time"}} {
		message = replaceWord(message, r[0], r[1])
	}
	return a.error(offset, "condition_type", message, fieldTypesHint(fields))
}

// replaceWord replaces a type's name where it stands as a word of its own.
func replaceWord(text, word, by string) string {
	words := strings.Split(text, " ")
	for i, w := range words {
		if bare := strings.Trim(w, "(),"); bare == word {
			words[i] = strings.Replace(w, word, by, 1)
		}
	}
	return strings.Join(words, " ")
}

// located is the place and the plain message of an error of expr.
func located(err error) (offset int, message string) {
	if e, ok := errors.AsType[*file.Error](err); ok {
		return e.From, e.Message
	}
	return 0, err.Error()
}

// syntaxHint guesses what somebody used to another language has written.
func (a conditionPlace) syntaxHint() string {
	padded := " " + a.src + " "
	switch {
	case strings.Contains(padded, "<>"):
		return "not equal is written !="
	case strings.Contains(padded, " AND ") || strings.Contains(padded, " OR ") || strings.Contains(padded, " NOT "):
		return "and, or and not are written in small letters"
	case strings.Contains(padded, " = "):
		return "equal is written =="
	case strings.ContainsAny(padded, "“”«»"):
		return `texts stand in straight quotes: "..."`
	}
	return `as in: amount > 1000 and purpose == "service"`
}

// quote shows a name in a message, cut to a length that fits on a line.
func quote(name string) string { return strconv.Quote(cut(name)) }

func cut(text string) string {
	const longest = 40
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}

// conditionFunctions is what expressions may call, besides has: pure, and bounded by the length of their arguments.
func conditionFunctions() conf.FunctionsTable {
	c := &conf.Config{Functions: conf.FunctionsTable{}}
	add := func(name string, fn func(args ...any) (any, error), signature any) {
		expr.Function(name, fn, signature)(c)
	}

	add("len", textFunction(func(s string) any { return utf8.RuneCountInString(s) }), new(func(string) int))
	add("lower", textFunction(func(s string) any { return strings.ToLower(s) }), new(func(string) string))
	add("upper", textFunction(func(s string) any { return strings.ToUpper(s) }), new(func(string) string))
	add("trim", textFunction(func(s string) any { return strings.TrimSpace(s) }), new(func(string) string))
	add("abs", numberFunction(math.Abs), new(func(float64) float64))
	add("round", numberFunction(math.Round), new(func(float64) float64))
	add("floor", numberFunction(math.Floor), new(func(float64) float64))
	add("ceil", numberFunction(math.Ceil), new(func(float64) float64))
	add("min", foldFunction(math.Min), new(func(float64, ...float64) float64))
	add("max", foldFunction(math.Max), new(func(float64, ...float64) float64))
	add("days", lengthFunction(24*time.Hour), new(func(float64) time.Duration))
	add("hours", lengthFunction(time.Hour), new(func(float64) time.Duration))
	add("day", textFunction(func(s string) any {
		t, _ := parseDay(s) // compile let only good ones pass
		return t
	}), new(func(string) time.Time))
	return c.Functions
}

func textFunction(f func(string) any) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		s, ok := args[0].(string)
		if !ok {
			return nil, errConditionValue
		}
		return f(s), nil
	}
}

func numberFunction(f func(float64) float64) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		n, err := floatArgument(args[0])
		return f(n), err
	}
}

func foldFunction(f func(a, b float64) float64) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		result, err := floatArgument(args[0])
		for _, arg := range args[1:] {
			n, problem := floatArgument(arg)
			if problem != nil {
				err = problem
			}
			result = f(result, n)
		}
		return result, err
	}
}

// lengthFunction makes a length of time of a number of units, refusing what a time.Duration cannot hold.
func lengthFunction(unit time.Duration) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		n, err := floatArgument(args[0])
		length := n * float64(unit)
		if err == nil && (math.IsNaN(length) || math.Abs(length) > math.MaxInt64/2) {
			err = errors.New("the length of time is too great")
		}
		if err != nil {
			return nil, err
		}
		return time.Duration(length), nil
	}
}

// floatArgument is a number that expr passes as int where it was counted, and as float64 otherwise.
func floatArgument(arg any) (float64, error) {
	switch n := arg.(type) {
	case float64:
		return n, nil
	case int:
		return float64(n), nil
	}
	return 0, errConditionValue
}
