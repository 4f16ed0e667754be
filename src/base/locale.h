/*
 * The locale that the environment names. Where it is not installed, as in
 * most containers, its codeset and its language still count: UTF-8 is then
 * C.UTF-8's, and texts are looked up in the language that was named.
 */
#pragma once

void locale_open(void);          /* LC_CTYPE: numbers stay as they are */
void locale_open_messages(void); /* LC_MESSAGES */
