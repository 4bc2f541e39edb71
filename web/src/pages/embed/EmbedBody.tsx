import type { JSX } from "react";

import { isIncomplete, type Answer, type Question } from "@/api/questions";
import { useAnswers } from "@/api/useAnswers";
import { LineChart } from "@/charts/LineChart";
import type { Point } from "@/charts/points";
import type { DimensionName, MetricName } from "@/figures";
import { useFormats, type Formats } from "@/format/useFormats";
import { BarList } from "@/parts/BarList";
import { Card } from "@/parts/Card";
import { BigFigure } from "@/parts/FigureText";
import { Widget } from "@/parts/Widget";
import { stateOf } from "@/parts/widgetState";
import { useTexts } from "@/texts/texts";
import { askedBy } from "@/url/asked";
import { useView } from "@/url/useView";
import type { Part } from "./parts";
import style from "./embed.module.css";
