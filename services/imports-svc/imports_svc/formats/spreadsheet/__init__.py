"""Workbooks: which sheet is the list, and its rows as people see them.

A module each for how they are written (XLSX, XLSB, XLS, ODS, tables of HTML and of XML); `workbook` is what they all give.
"""
