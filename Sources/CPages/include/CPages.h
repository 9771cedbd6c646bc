#pragma once

/// Returns the text of a file that pages are made of, such as `lecture.mustache` or `Neuron.swift`,
/// or NULL if there is no such file.
const char *page_file(const char *name);
