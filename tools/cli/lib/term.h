/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal: colour, character set, width, bars. Text only; JSON never comes here. */
#ifndef PORTQUOTA_TERM_H
#define PORTQUOTA_TERM_H

#include <stdint.h>

enum tone { TONE_PLAIN, TONE_FAINT, TONE_HEAD, TONE_GOOD, TONE_WARN, TONE_BAD };

void term_setup(void);
int term_width(void);
int term_height(void);
const char *term_on(enum tone tone);
const char *term_off(enum tone tone);
size_t term_visible(const char *text);
char *term_clean(const char *text);
int term_cells(const char *text);
char *term_shorten(const char *text, int cells);
char *term_bar(uint64_t part, uint64_t whole, int cells);
char *term_percent(uint64_t part, uint64_t whole);
enum tone term_level(uint64_t part, uint64_t whole);

#endif
