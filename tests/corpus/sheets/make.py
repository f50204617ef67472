#!/usr/bin/env python3
"""Writes openpyxl.xlsx: a little of everything that a list may hold."""
import openpyxl, datetime as dt
from openpyxl.styles import PatternFill
wb=openpyxl.Workbook(); ws=wb.active; ws.title='Liste'
ws.append(['Code INSEE','Département','Commune','Courriel','Répondu le','Sélectionnée'])
ws.append([1034,'Ain','Belley','secretariat@belley.example',dt.date(2026,1,12),True])
ws['A2'].number_format='00000'
ws.append(['01189',None,'Injoux-Génissiat','Écrire',dt.datetime(2026,1,12,14,30),False])
ws['D3'].hyperlink='mailto:mairie@injoux.example?subject=Enqu%C3%AAte'
ws.append([21340000100012,None,'=1+1','=LOWER("A")',0.5,'é & <b>'])
ws.append(['#N/A',None,' bords ','ligne 1\nligne 2',-12.75,None])
ws.merge_cells('B2:B4')
ws['C2'].fill=PatternFill('solid',fgColor='FFFF00')
ws.row_dimensions[5].hidden=True
h=wb.create_sheet('Cachée'); h.append(['Code INSEE','Courriel']); h.sheet_state='hidden'
o=wb.create_sheet('Autre'); o.append(['Code INSEE','Courriel']); o.append(['29019','mairie@brest.example'])
wb.save('openpyxl.xlsx')
