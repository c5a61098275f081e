package crm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"marshrut/crm"
)

func TestR44_WhatNobodySeesIsNoText(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing": "", "spaces": " \t\u00a0\u2003", "zero width": "\u200b\u200c\u200d\ufeff", "control characters": "\x01\x1b\x7f", "direction marks": "\u202e\u2066",
		"a variation selector": "\ufe0f", "Hangul fillers": "\u3164\u115f\u1160\uffa0", "empty Braille": "\u2800", "a mark on nothing": "\u0301", "private use": "\ue000",
	} {
		require.True(t, crm.Blank(text), name)
		require.Empty(t, crm.OneLine(text), name)
		require.Empty(t, crm.Lines(text), name)
	}
	for text, want := range map[string]string{
		"\tООО\n«Ромашка»\u2028": "ООО «Ромашка»", "Ан\x00на\x1b[31m": "Анна[31m", "👍🏽": "👍🏽", "!": "!", "Ром\u202eашка\u202c": "Ромашка", "\u2066a\u2069\u200e\u200f\u061cb": "ab", "می\u200cخواهم": "می\u200cخواهم", "й": "й",
	} {
		require.Equal(t, want, crm.OneLine(text))
	}
	require.Equal(t, "первая\r\n\tвторая", crm.Lines("\nпервая\r\n\tвторая\x07 \n"))
}
