#include "CPages.h"
#include <string.h>

// C23's #embed puts the files into the binary, so the tool is one file wherever it is carried. A
// lesson's own source is among them, because a page that needs no network links to it.
static const struct {
    const char *name;
    const unsigned char *text;
} files[] = {
    { "page.css", (const unsigned char[]) {
#embed "pages/page.css" suffix(, 0)
    } },
    { "lecture.mustache", (const unsigned char[]) {
#embed "pages/lecture.mustache" suffix(, 0)
    } },
    { "training.mustache", (const unsigned char[]) {
#embed "pages/training.mustache" suffix(, 0)
    } },
    { "figure.mustache", (const unsigned char[]) {
#embed "pages/figure.mustache" suffix(, 0)
    } },
    { "table.mustache", (const unsigned char[]) {
#embed "pages/table.mustache" suffix(, 0)
    } },
    { "Neuron.swift", (const unsigned char[]) {
#embed "../Lessons/Neuron.swift" suffix(, 0)
    } },
    { "LinearBarrier.swift", (const unsigned char[]) {
#embed "../Lessons/LinearBarrier.swift" suffix(, 0)
    } },
    { "FeatureMap.swift", (const unsigned char[]) {
#embed "../Lessons/FeatureMap.swift" suffix(, 0)
    } },
    { "HiddenLayer.swift", (const unsigned char[]) {
#embed "../Lessons/HiddenLayer.swift" suffix(, 0)
    } },
    { "Activations.swift", (const unsigned char[]) {
#embed "../Lessons/Activations.swift" suffix(, 0)
    } },
    { "Collapse.swift", (const unsigned char[]) {
#embed "../Lessons/Collapse.swift" suffix(, 0)
    } },
    { "Universal.swift", (const unsigned char[]) {
#embed "../Lessons/Universal.swift" suffix(, 0)
    } },
    { "Depth.swift", (const unsigned char[]) {
#embed "../Lessons/Depth.swift" suffix(, 0)
    } },
    { "Landscape.swift", (const unsigned char[]) {
#embed "../Lessons/Landscape.swift" suffix(, 0)
    } },
    { "Descent.swift", (const unsigned char[]) {
#embed "../Lessons/Descent.swift" suffix(, 0)
    } },
    { "Gradients.swift", (const unsigned char[]) {
#embed "../Lessons/Gradients.swift" suffix(, 0)
    } },
    { "ChainRule.swift", (const unsigned char[]) {
#embed "../Lessons/ChainRule.swift" suffix(, 0)
    } },
    { "OuterProduct.swift", (const unsigned char[]) {
#embed "../Lessons/OuterProduct.swift" suffix(, 0)
    } },
    { "Overflow.swift", (const unsigned char[]) {
#embed "../Lessons/Overflow.swift" suffix(, 0)
    } },
    { "LogSumExp.swift", (const unsigned char[]) {
#embed "../Lessons/LogSumExp.swift" suffix(, 0)
    } },
    { "Hierarchy.swift", (const unsigned char[]) {
#embed "../Lessons/Hierarchy.swift" suffix(, 0)
    } },
};

const char *page_file(const char *name) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (strcmp(files[i].name, name) == 0) return (const char *)files[i].text;
    return NULL;
}
